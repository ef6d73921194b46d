-- Metrics of several training runs of one row stand side by side. A row had one run until now: `run` is empty
-- for it. (No table is renamed: people's own views keep their names.)
CREATE TEMP TABLE metric_of_one_run AS SELECT * FROM main.metric;
DROP TABLE main.metric;
CREATE TABLE metric (
  row       TEXT NOT NULL,
  run       TEXT NOT NULL,
  pair      TEXT NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  direction INTEGER NOT NULL,
  name      TEXT NOT NULL,
  value     REAL,
  PRIMARY KEY (row, run, pair, direction, name)
) WITHOUT ROWID;
CREATE INDEX metric_pair ON metric (pair);
INSERT INTO metric SELECT row, '', pair, direction, name, value FROM temp.metric_of_one_run;
DROP TABLE temp.metric_of_one_run;
