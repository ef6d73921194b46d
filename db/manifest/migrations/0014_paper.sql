-- The paper's two evaluation sets beside own pairs, and several vision-language models that were asked about the same
-- views. What was imported so far counts as the set of rendered objects. (No table is renamed: people's own views keep
-- their names.)
ALTER TABLE pair ADD COLUMN pair_set TEXT NOT NULL DEFAULT 'own' CHECK (pair_set IN ('own', 'synthetic', 'real'));
UPDATE pair SET pair_set = 'synthetic' WHERE uid_1 IN (SELECT uid FROM asset WHERE format = 'crops');

CREATE TEMP TABLE pair_box_of_one_model AS SELECT * FROM main.pair_box;
DROP TABLE main.pair_box;
CREATE TABLE pair_box (
  uid        TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  subject    TEXT NOT NULL,
  name       TEXT NOT NULL,
  view       INTEGER NOT NULL,
  sample     INTEGER NOT NULL,
  box_index  INTEGER NOT NULL,
  request_id INTEGER REFERENCES request (id),
  x1         INTEGER NOT NULL,
  y1         INTEGER NOT NULL,
  x2         INTEGER NOT NULL,
  y2         INTEGER NOT NULL,
  flag       TEXT NOT NULL DEFAULT '',
  vlm        TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (uid, subject, name, vlm, view, sample, box_index)
) WITHOUT ROWID;
CREATE INDEX pair_box_request ON pair_box (request_id);
INSERT INTO pair_box SELECT *, '' FROM temp.pair_box_of_one_model;
DROP TABLE temp.pair_box_of_one_model;
