-- Label statistics of millions of assets: tables of labels are counted per asset in the order of their keys, without
-- sorting, and the assets' categories read in the same order from an index that holds no more.
DROP INDEX asset_category;
CREATE INDEX asset_category ON asset (category, uid, triangles);
CREATE INDEX asset_uid ON asset (uid, category);

DROP VIEW stats_category;
DROP VIEW stats_function;
DROP VIEW stats_labels;

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
  FROM (SELECT DISTINCT uid FROM mask WHERE pixels > 0) CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category
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
  FROM (SELECT uid, part, count(*) AS masks FROM mask WHERE pixels > 0 GROUP BY uid, part) CROSS JOIN asset INDEXED BY asset_uid USING (uid)
  GROUP BY asset.category, part
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
  SELECT coalesce(asset.category, '') AS category, part, sum(boxes) AS boxes, sum(flagged) AS flagged_boxes
  FROM (SELECT uid, part, count(*) AS boxes, sum(flag <> '') AS flagged FROM box GROUP BY uid, part)
  CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category, part
), support_of AS (
  SELECT coalesce(asset.category, '') AS category, part, count(*) AS assets, sum(boxes = 0) AS not_found,
         avg(views_with_boxes) AS views_with_boxes,
         avg(CASE WHEN visible_points > 0 THEN 1.0 * positive_points / visible_points END) AS positive_share
  FROM part_support CROSS JOIN asset INDEXED BY asset_uid USING (uid) GROUP BY asset.category, part
), masks_of AS (
  SELECT coalesce(asset.category, '') AS category, part, sum(masks) AS masks, sum(empty) AS empty_masks,
         1.0 * sum(pixels) / nullif(sum(masks) - sum(empty), 0) AS mask_pixels
  FROM (SELECT uid, part, count(*) AS masks, sum(pixels = 0) AS empty, sum(pixels) AS pixels FROM mask GROUP BY uid, part)
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
       coalesce(masks, 0) AS masks,
       coalesce(empty_masks, 0) AS empty_masks,
       round(mask_pixels, 1) AS mask_pixels
FROM names
LEFT JOIN boxes_of USING (category, part)
LEFT JOIN support_of USING (category, part)
LEFT JOIN masks_of USING (category, part)
ORDER BY category, part;
