-- What a stage's answers should have cost when the run that began last has ended: what was spent when it began and
-- what it reckoned with. By the same columns as spend.
CREATE TABLE spend_estimate (
  stage      TEXT NOT NULL,
  category   TEXT NOT NULL,
  provider   TEXT NOT NULL,
  model      TEXT NOT NULL,
  answers    REAL NOT NULL,
  tokens_in  REAL NOT NULL,
  tokens_out REAL NOT NULL,
  cost       REAL NOT NULL,
  PRIMARY KEY (stage, category, provider, model)
) WITHOUT ROWID;
