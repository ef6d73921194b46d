-- The ledger of a bulk engine: several samples share one call, money is known before and after, whole batches may be
-- open. Intents of an older program cannot be continued: they are in doubt.
CREATE TABLE provider (
  name     TEXT PRIMARY KEY NOT NULL,
  spent    REAL NOT NULL DEFAULT 0,  -- answers and billed failures of all runs
  reserved REAL NOT NULL DEFAULT 0,  -- the most that intents, and requests in doubt, can cost
  pace     TEXT NOT NULL DEFAULT ''  -- JSON: limits learned from its answers
) WITHOUT ROWID;

CREATE TABLE batch (
  id        INTEGER PRIMARY KEY,
  provider  TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('open', 'harvested', 'lost')),
  remote_id TEXT NOT NULL DEFAULT '',  -- of the API; empty: not known whether it was created
  owner     TEXT NOT NULL,
  created   REAL NOT NULL
);
CREATE INDEX batch_open ON batch (provider) WHERE state = 'open';

ALTER TABLE request ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE request ADD COLUMN call INTEGER;  -- row that holds the raw answer, tokens and cost of the call; NULL: this one
ALTER TABLE request ADD COLUMN choice INTEGER NOT NULL DEFAULT 0;  -- index in the call's answer
ALTER TABLE request ADD COLUMN billed INTEGER NOT NULL DEFAULT 0;  -- the provider counted it, as far as one can know
ALTER TABLE request ADD COLUMN reserved REAL NOT NULL DEFAULT 0;   -- the most it can cost, while that is not known
ALTER TABLE request ADD COLUMN expires REAL NOT NULL DEFAULT 0;    -- an older intent is nobody's any more
ALTER TABLE request ADD COLUMN batch INTEGER REFERENCES batch (id);

UPDATE request SET billed = 1 WHERE state = 'answered';
UPDATE request SET state = 'in_doubt' WHERE state = 'intent';
INSERT INTO provider (name, spent) SELECT provider, total(cost) FROM request GROUP BY provider;

DROP INDEX request_intent;
CREATE UNIQUE INDEX request_intent ON request (key) WHERE state = 'intent';  -- one asks at a time
CREATE INDEX request_intent_owner ON request (owner, expires) WHERE state = 'intent' AND batch IS NULL;
CREATE INDEX request_in_doubt ON request (key) WHERE state = 'in_doubt';
CREATE INDEX request_batch ON request (batch, call, choice) WHERE batch IS NOT NULL;

DROP INDEX request_spend;
CREATE INDEX request_spend ON request (stage, category, provider, model, state, call, billed, tokens_in, tokens_out,
                                       cost, reserved, seconds);
