-- Sweeps: many settings of training that are compared with the configuration as it is.
CREATE TABLE sweep_run (
  sweep    TEXT NOT NULL,
  position INTEGER NOT NULL,
  run      TEXT NOT NULL,
  setting  TEXT NOT NULL,
  changes  TEXT NOT NULL,
  seed     TEXT NOT NULL,
  row      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (sweep, position)
) WITHOUT ROWID;
