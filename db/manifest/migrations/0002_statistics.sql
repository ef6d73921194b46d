-- Views for people, usable from the plain sqlite3 shell, and the indexes that answer them.
CREATE INDEX asset_category ON asset (category, uid);
CREATE INDEX request_spend ON request (stage, provider, model, state, tokens_in, tokens_out, cost, seconds);
CREATE INDEX box_request ON box (request_id);  -- which boxes did a request pay for?
CREATE INDEX item_trouble ON item (stage, state, error_kind, key) WHERE state IN ('rejected', 'failed', 'skipped');

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
  FROM item JOIN asset ON asset.uid = item.key
  WHERE item.stage = 'filter' AND item.state = 'rejected'
  GROUP BY asset.category
), splits AS (
  SELECT coalesce(asset.category, '') AS category, sum(split = 'train') AS train, sum(split = 'test') AS test,
         sum(split = 'unseen') AS unseen
  FROM split JOIN asset USING (uid) GROUP BY asset.category
), masked AS (
  SELECT coalesce(asset.category, '') AS category, count(*) AS masked
  FROM (SELECT DISTINCT uid FROM mask WHERE pixels > 0) JOIN asset USING (uid) GROUP BY asset.category
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
  SELECT asset.category AS category, mask.part AS part, count(*) AS masks, count(DISTINCT mask.uid) AS assets
  FROM mask JOIN asset USING (uid) WHERE mask.pixels > 0 GROUP BY asset.category, mask.part
), masks_of AS (
  SELECT function, sum(masks) AS masks
  FROM part_function JOIN masks_by_part USING (category, part) GROUP BY function
), pairs_of AS (
  SELECT function, count(*) AS pairs, sum(category_1 = category_2) AS within, sum(category_1 <> category_2) AS across
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

-- How good are the labels of each part? `not_found` counts assets in which no view got a box.
CREATE VIEW stats_labels AS
WITH boxes_of AS (
  SELECT coalesce(asset.category, '') AS category, part, count(*) AS boxes, sum(flag <> '') AS flagged_boxes
  FROM box JOIN asset USING (uid) GROUP BY asset.category, part
), support_of AS (
  SELECT coalesce(asset.category, '') AS category, part, count(*) AS assets, sum(boxes = 0) AS not_found,
         avg(views_with_boxes) AS views_with_boxes,
         avg(CASE WHEN visible_points > 0 THEN 1.0 * positive_points / visible_points END) AS positive_share
  FROM part_support JOIN asset USING (uid) GROUP BY asset.category, part
), masks_of AS (
  SELECT coalesce(asset.category, '') AS category, part, count(*) AS masks, sum(pixels = 0) AS empty_masks,
         avg(CASE WHEN pixels > 0 THEN pixels END) AS mask_pixels
  FROM mask JOIN asset USING (uid) GROUP BY asset.category, part
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
       coalesce(masks, 0) AS masks,
       coalesce(empty_masks, 0) AS empty_masks,
       round(mask_pixels, 1) AS mask_pixels
FROM names
LEFT JOIN boxes_of USING (category, part)
LEFT JOIN support_of USING (category, part)
LEFT JOIN masks_of USING (category, part)
ORDER BY category, part;

-- What was bought, from whom, for how much?
CREATE VIEW stats_spend AS
SELECT stage, provider, model,
       count(*) AS requests,
       sum(state = 'answered') AS answered,
       sum(state = 'failed') AS failed,
       sum(state = 'in_doubt') AS in_doubt,
       sum(tokens_in) AS tokens_in,
       sum(tokens_out) AS tokens_out,
       round(total(cost), 6) AS cost,
       round(avg(CASE WHEN state = 'answered' THEN seconds END), 3) AS seconds_per_answer
FROM request
GROUP BY stage, provider, model;

-- What went wrong, how often, and where to look?
CREATE VIEW stats_errors AS
WITH troubles AS (
  SELECT stage, state, error_kind, count(*) AS items, min(key) AS example
  FROM item WHERE state IN ('rejected', 'failed', 'skipped')
  GROUP BY stage, state, error_kind
)
SELECT stage, state, coalesce(error_kind, '') AS kind, items, example,
       (SELECT error FROM item WHERE item.stage = troubles.stage AND item.key = troubles.example) AS example_error
FROM troubles
ORDER BY stage, state, items DESC, kind;
