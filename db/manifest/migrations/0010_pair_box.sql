-- A box that a vision-language model gave in a view of a ground-truth pair, of a part or of what performs a function.
CREATE TABLE pair_box (
  uid        TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  subject    TEXT NOT NULL,             -- what name is of: "part" or "function"
  name       TEXT NOT NULL,
  view       INTEGER NOT NULL,
  sample     INTEGER NOT NULL,
  box_index  INTEGER NOT NULL,          -- several boxes in one reply
  request_id INTEGER REFERENCES request (id),
  x1         INTEGER NOT NULL,          -- pixels of the view, or of the stored crop; x2 and y2 exclusive
  y1         INTEGER NOT NULL,
  x2         INTEGER NOT NULL,
  y2         INTEGER NOT NULL,
  flag       TEXT NOT NULL DEFAULT '',  -- as a box's
  PRIMARY KEY (uid, subject, name, view, sample, box_index)
) WITHOUT ROWID;
CREATE INDEX pair_box_request ON pair_box (request_id);

-- The row of this name had been told masks, fused from other views, where the paper's is told such boxes.
UPDATE metric SET row = 'fused+backbone' WHERE row = 'vlm+backbone';
UPDATE item SET key = replace(key, 'vlm+backbone@', 'fused+backbone@')
WHERE stage = 'evaluate' AND key LIKE 'vlm+backbone@%';
