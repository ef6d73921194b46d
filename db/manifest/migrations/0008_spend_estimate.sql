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

DROP VIEW stats_spend;

-- What was bought, from whom, for how much, and what was it estimated at? Samples are rows, calls are what was sent (one
-- call may answer several samples); `at_most` is what calls in flight and in doubt can have cost, on top of `cost`;
-- `estimated_…` is where answers and cost should be when the run that began last has ended.
CREATE VIEW stats_spend AS
WITH spend AS (
  SELECT stage, category, provider, model,
         count(*) AS samples,
         sum(state = 'answered') AS answered,
         sum(state = 'failed') AS failed,
         sum(state = 'in_doubt') AS in_doubt,
         sum(call IS NULL) AS calls,
         sum(call IS NULL AND billed) AS billed_calls,
         sum(tokens_in) AS tokens_in,
         sum(tokens_out) AS tokens_out,
         round(total(cost), 6) AS cost,
         round(total(reserved), 6) AS at_most,
         round(avg(CASE WHEN state = 'answered' AND call IS NULL THEN seconds END), 3) AS seconds_per_call
  FROM request
  GROUP BY stage, category, provider, model
)
SELECT spend.*,
       CAST(round(estimate.answers) AS INTEGER) AS estimated_answers,
       round(estimate.cost, 6) AS estimated_cost
FROM spend LEFT JOIN spend_estimate AS estimate USING (stage, category, provider, model);
