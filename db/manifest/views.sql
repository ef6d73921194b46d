-- Views for people: what `funcorr stats` prints, usable from the plain sqlite3 shell too. All of them are
-- dropped and made anew where a manifest has others than these: an edit here needs no migration. Names that
-- begin with stats_ are ours; a person's own views are left alone.

-- How far is each stage, and what does an item cost?
CREATE VIEW stats_stage AS
SELECT stage,
       count(*) AS items,
       sum(state = 'done') AS done,
       sum(state = 'skipped') AS skipped,
       sum(state = 'rejected') AS rejected,
       sum(state = 'failed') AS failed,
       sum(state = 'leased') AS leased,
       sum(state = 'pending') AS pending,
       round(total(seconds), 3) AS seconds,
       round(avg(CASE WHEN state = 'done' THEN seconds END), 4) AS seconds_per_item,
       round(max(peak_memory_bytes) / 1048576.0, 1) AS peak_memory_mb
FROM item
GROUP BY stage;

-- What is there of each category? An empty category holds the assets whose category is not known.
CREATE VIEW stats_category AS
WITH assets AS (
  SELECT coalesce(category, '') AS category, count(*) AS assets, sum(triangles IS NOT NULL) AS accepted
  FROM asset GROUP BY category
), rejections AS (
  SELECT coalesce(asset.category, '') AS category, count(*) AS rejected
  FROM item CROSS JOIN asset INDEXED BY asset_uid ON asset.uid = item.key
  WHERE item.stage = 'filter' AND item.state = 'rejected'
  GROUP BY asset.category
), splits AS (
  SELECT coalesce(asset.category, '') AS category, sum(split = 'train') AS train, sum(split = 'test') AS test,
         sum(split = 'unseen') AS unseen
  FROM split CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category
), masked AS (
  SELECT coalesce(asset.category, '') AS category, count(*) AS masked
  FROM (SELECT DISTINCT uid FROM mask WHERE pixels > 0)
  CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category
), names AS (SELECT name AS category FROM category UNION SELECT category FROM assets)
SELECT category,
       coalesce(assets, 0) AS assets,
       coalesce(accepted, 0) AS accepted,
       coalesce(rejected, 0) AS rejected,
       (SELECT count(*) FROM category_function AS link WHERE link.category = names.category) AS functions,
       (SELECT count(*) FROM part WHERE part.category = names.category) AS parts,
       coalesce(masked, 0) AS assets_with_masks,
       coalesce(train, 0) AS train,
       coalesce(test, 0) AS test,
       coalesce(unseen, 0) AS unseen
FROM names
LEFT JOIN assets USING (category)
LEFT JOIN rejections USING (category)
LEFT JOIN splits USING (category)
LEFT JOIN masked USING (category)
ORDER BY category;

-- What is there of each function? Assets are those of a category that performs it.
CREATE VIEW stats_function AS
WITH assets AS (
  SELECT category, count(*) AS assets FROM asset WHERE category IS NOT NULL GROUP BY category
), assets_of AS (
  SELECT function, count(*) AS categories, coalesce(sum(assets), 0) AS assets
  FROM category_function LEFT JOIN assets USING (category) GROUP BY function
), parts_of AS (SELECT function, count(*) AS parts FROM part_function GROUP BY function),
masks_by_part AS (
  SELECT asset.category AS category, part, sum(masks) AS masks
  FROM (SELECT uid, part, count(*) AS masks FROM mask WHERE pixels > 0 GROUP BY uid, part)
  CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category, part
), masks_of AS (
  SELECT function, sum(masks) AS masks
  FROM part_function JOIN masks_by_part USING (category, part) GROUP BY function
), pairs_of AS (
  SELECT function, count(*) AS pairs, sum(category_1 = category_2) AS within,
         sum(category_1 <> category_2) AS across
  FROM pair GROUP BY function
), names AS (SELECT name AS function FROM function UNION SELECT function FROM pairs_of)
SELECT function,
       coalesce(categories, 0) AS categories,
       coalesce(parts, 0) AS parts,
       coalesce(assets, 0) AS assets,
       coalesce(masks, 0) AS masks,
       coalesce(pairs, 0) AS pairs,
       coalesce(within, 0) AS pairs_within_category,
       coalesce(across, 0) AS pairs_across_categories
FROM names
LEFT JOIN assets_of USING (function)
LEFT JOIN parts_of USING (function)
LEFT JOIN masks_of USING (function)
LEFT JOIN pairs_of USING (function)
ORDER BY function;

-- How good are the labels of each part? `not_found` counts assets in which no view got a box; `doubt` is how unsure the
-- fusion is of the others on average, 0 … 1.
CREATE VIEW stats_labels AS
WITH boxes_of AS (
  SELECT coalesce(asset.category, '') AS category, part, sum(boxes) AS boxes, sum(flagged) AS flagged_boxes
  FROM (SELECT uid, part, count(*) AS boxes, sum(flag <> '') AS flagged FROM box GROUP BY uid, part)
  CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category, part
), support_of AS (
  SELECT coalesce(asset.category, '') AS category, part, count(*) AS assets, sum(boxes = 0) AS not_found,
         avg(views_with_boxes) AS views_with_boxes,
         avg(CASE WHEN visible_points > 0 THEN 1.0 * positive_points / visible_points END) AS positive_share,
         avg(CASE WHEN boxes > 0 THEN doubt END) AS doubt
  FROM part_support CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category, part
), masks_of AS (
  SELECT coalesce(asset.category, '') AS category, part, sum(masks) AS masks, sum(empty) AS empty_masks,
         1.0 * sum(pixels) / nullif(sum(masks) - sum(empty), 0) AS mask_pixels
  FROM (SELECT uid, part, count(*) AS masks, sum(pixels = 0) AS empty, sum(pixels) AS pixels
        FROM mask GROUP BY uid, part)
  CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category, part
), names AS (
  SELECT category, part FROM boxes_of UNION SELECT category, part FROM support_of
  UNION SELECT category, part FROM masks_of
)
SELECT category, part,
       coalesce(assets, 0) AS assets,
       coalesce(not_found, 0) AS not_found,
       coalesce(boxes, 0) AS boxes,
       coalesce(flagged_boxes, 0) AS flagged_boxes,
       round(views_with_boxes, 2) AS views_with_boxes,
       round(positive_share, 4) AS positive_share,
       round(doubt, 4) AS doubt,
       coalesce(masks, 0) AS masks,
       coalesce(empty_masks, 0) AS empty_masks,
       round(mask_pixels, 1) AS mask_pixels
FROM names
LEFT JOIN boxes_of USING (category, part)
LEFT JOIN support_of USING (category, part)
LEFT JOIN masks_of USING (category, part)
ORDER BY category, part;

-- What is unusual about the assets and their views, and how often?
CREATE VIEW stats_quality AS
WITH flagged AS (
  SELECT 'asset' AS subject, uid, flags FROM asset WHERE flags <> ''
  UNION ALL
  SELECT view_set || ' view', uid, flags FROM view WHERE flags <> ''
)
SELECT subject, flag.value AS flag,
       count(*) AS flagged,
       count(DISTINCT uid) AS assets,
       min(uid) AS example
FROM flagged, json_each('["' || replace(flags, ',', '","') || '"]') AS flag
GROUP BY subject, flag.value;

-- Where did assets fall out of the selection, and for example which? (Bare columns are those of the row of
-- min().)
CREATE VIEW stats_select AS
SELECT category, dropped, count(*) AS assets, min(uid) AS example, name AS example_name,
       reason AS example_reason
FROM selection
GROUP BY category, dropped
ORDER BY category, dropped;

-- What was bought, from whom, for how much, and what was it estimated at? Samples are rows, calls are what
-- was sent (one call may answer several samples); `at_most` is what calls in flight and in doubt can have
-- cost, on top of `cost`; `estimated_…` is where answers and cost should be when the run that began last has
-- ended.
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

-- What went wrong, how often, and where to look?
CREATE VIEW stats_errors AS
WITH troubles AS (
  SELECT stage, state, error_kind, count(*) AS items, min(key) AS example
  FROM item WHERE state IN ('rejected', 'failed', 'skipped')
  GROUP BY stage, state, error_kind
)
SELECT stage, state, coalesce(error_kind, '') AS kind, items, example,
       (SELECT error FROM item
        WHERE item.stage = troubles.stage AND item.key = troubles.example) AS example_error
FROM troubles
ORDER BY stage, state, items DESC, kind;

-- What do the settings of a sweep give on all pairs? `ahead` is the distance to the base's mean, above 0 where
-- the setting is better; whether that is more than chance says the sweep's own table.
CREATE VIEW stats_sweep AS
WITH means AS (
  SELECT sweep, setting, min(position) AS position, metric.name AS metric,
         count(DISTINCT sweep_run.run) AS runs, avg(value) AS mean
  FROM sweep_run CROSS JOIN metric ON metric.row = sweep_run.row AND metric.run = sweep_run.run
  GROUP BY sweep, setting, metric.name
)
SELECT sweep, setting, metric, runs,
       round(mean, 4) AS mean,
       round((mean - (SELECT base.mean FROM means AS base
                      WHERE base.sweep = means.sweep AND base.setting = 'base'
                        AND base.metric = means.metric))
             * CASE metric WHEN 'transfer.distance' THEN -1 ELSE 1 END, 4) AS ahead
FROM means
ORDER BY sweep, position, metric;
