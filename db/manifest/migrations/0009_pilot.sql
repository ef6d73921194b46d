-- Pilots that passed: a run with the same setup need not make one.
CREATE TABLE pilot (
  stage    TEXT NOT NULL,
  provider TEXT NOT NULL,
  model    TEXT NOT NULL,
  setup    TEXT NOT NULL,  -- hash of the prompts' words, the sampling and how answers are read
  answers  INTEGER NOT NULL,
  usable   INTEGER NOT NULL,
  choice   TEXT NOT NULL DEFAULT '',  -- the box format that box_format = "auto" found; else empty
  passed   REAL NOT NULL,
  PRIMARY KEY (stage, provider, model, setup)
) WITHOUT ROWID;
