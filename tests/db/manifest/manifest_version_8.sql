-- A manifest of schema version 8, as sqlite3 .dump wrote it, with the views of the funcorr that made it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE asset (
  uid                  TEXT PRIMARY KEY NOT NULL,
  name                 TEXT NOT NULL,
  root                 TEXT NOT NULL,
  path                 TEXT NOT NULL,
  format               TEXT NOT NULL,
  is_part_folder       INTEGER NOT NULL DEFAULT 0,
  bytes                INTEGER NOT NULL DEFAULT 0,
  content_hash         TEXT NOT NULL,
  sidecar              TEXT NOT NULL DEFAULT '',
  category             TEXT,
  up                   TEXT NOT NULL DEFAULT 'y' CHECK (up IN ('y', 'z')),
  -- What filter found; NULL until it accepted the asset.
  triangles            INTEGER,
  vertices             INTEGER,
  degenerate_triangles INTEGER,
  materials            INTEGER,
  textures             INTEGER,
  extent_x             REAL,
  extent_y             REAL,
  extent_z             REAL,
  part_names           TEXT,  -- JSON array; part id = index
  facts                TEXT   -- JSON object
, flags TEXT NOT NULL DEFAULT '');
INSERT INTO asset VALUES('aa','mugs/one.glb','/objects','mugs/one.glb','glb',0,812,'h1','','mug','y',512,300,2,1,1,0.10000000000000000555,0.25,0.10000000000000000555,'["body","handle"]','{}','open,texture_missing');
INSERT INTO asset VALUES('bb','mugs/two.glb','/objects','mugs/two.glb','glb',0,700,'h2','','mug','y',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'');
CREATE TABLE caption (
  uid    TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  source TEXT NOT NULL,
  text   TEXT NOT NULL,
  PRIMARY KEY (uid, source)
) WITHOUT ROWID;
INSERT INTO caption VALUES('aa','cap3d','a red mug');
CREATE TABLE function (
  name        TEXT PRIMARY KEY NOT NULL,
  description TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
INSERT INTO function VALUES('hold','to keep in the hand');
CREATE TABLE category (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
INSERT INTO category VALUES('mug');
CREATE TABLE category_function (
  category TEXT NOT NULL REFERENCES category (name) ON DELETE CASCADE,
  function TEXT NOT NULL REFERENCES function (name) ON DELETE CASCADE,
  PRIMARY KEY (category, function)
) WITHOUT ROWID;
INSERT INTO category_function VALUES('mug','hold');
CREATE TABLE part (
  category    TEXT NOT NULL REFERENCES category (name) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_small    INTEGER NOT NULL DEFAULT 0,
  is_edge     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (category, name)
) WITHOUT ROWID;
INSERT INTO part VALUES('mug','handle','the ear',1,0);
CREATE TABLE part_function (
  category TEXT NOT NULL,
  part     TEXT NOT NULL,
  function TEXT NOT NULL REFERENCES function (name) ON DELETE CASCADE,
  PRIMARY KEY (category, part, function),
  FOREIGN KEY (category, part) REFERENCES part (category, name) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO part_function VALUES('mug','handle','hold');
CREATE TABLE item (
  stage             TEXT NOT NULL,
  key               TEXT NOT NULL,
  state             TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'skipped', 'rejected', 'failed')),
  fingerprint       TEXT NOT NULL,            -- "<options hash>:<upstream hash>" of what it should be, or is when done
  reason            TEXT NOT NULL,            -- why it last became pending
  attempt           INTEGER NOT NULL DEFAULT 0,
  not_before        REAL NOT NULL DEFAULT 0,  -- a transient failure is not tried again before
  owner             TEXT,                     -- "host/pid/process start" of the lease
  lease_until       REAL,
  error             TEXT,
  error_kind        TEXT,
  seconds           REAL,
  peak_memory_bytes INTEGER,
  updated           REAL NOT NULL,
  PRIMARY KEY (stage, key)
) WITHOUT ROWID;
INSERT INTO item VALUES('filter','aa','done','o:h1','new',1,0.0,NULL,NULL,NULL,NULL,2.5,1048576,1700000000.0);
INSERT INTO item VALUES('filter','bb','rejected','o:h2','new',1,0.0,NULL,NULL,'no triangles','no_triangles',0.5,1048576,1700000000.0);
CREATE TABLE view (
  uid               TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  view_set          TEXT NOT NULL,            -- "label" or "train"
  view              INTEGER NOT NULL,
  hdri              TEXT NOT NULL DEFAULT '',
  hdri_rotation_deg REAL NOT NULL DEFAULT 0,
  coverage          REAL NOT NULL DEFAULT 0,  -- share of pixels with alpha > 0.5
  visible_points    INTEGER NOT NULL DEFAULT 0,
  flags             TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (uid, view_set, view)
) WITHOUT ROWID;
INSERT INTO "view" VALUES('aa','label',0,'studio',30.0,0.25,700,'nearly_blank,out_of_frame');
INSERT INTO "view" VALUES('aa','train',0,'studio',30.0,0.25,700,'');
CREATE TABLE request (
  id          INTEGER PRIMARY KEY,
  key         TEXT NOT NULL,
  stage       TEXT NOT NULL,
  item        TEXT NOT NULL,
  provider    TEXT NOT NULL,
  model       TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('intent', 'answered', 'failed', 'in_doubt')),
  attempt     INTEGER NOT NULL DEFAULT 1,
  http_status INTEGER NOT NULL DEFAULT 0,
  error_code  TEXT NOT NULL DEFAULT '',
  answer      TEXT,
  tokens_in   INTEGER NOT NULL DEFAULT 0,
  tokens_out  INTEGER NOT NULL DEFAULT 0,
  cost        REAL NOT NULL DEFAULT 0,
  seconds     REAL NOT NULL DEFAULT 0,
  owner       TEXT NOT NULL,
  created     REAL NOT NULL
, category TEXT NOT NULL DEFAULT '', call INTEGER, choice INTEGER NOT NULL DEFAULT 0, billed INTEGER NOT NULL DEFAULT 0, reserved REAL NOT NULL DEFAULT 0, expires REAL NOT NULL DEFAULT 0, batch INTEGER REFERENCES batch (id));
INSERT INTO request VALUES(1,'k','ground','aa/handle','openai','cogvlm','answered',1,200,'','[[1,2,3,4]]',90,11,0.5,3.0,'host/1/1',1700000000.0,'mug',NULL,0,1,0.0,0.0,1);
INSERT INTO request VALUES(2,'k2','ground','aa/handle','openai','cogvlm','in_doubt',1,0,'',NULL,0,0,0.0,0.0,'host/1/1',1700000000.0,'mug',NULL,0,0,0.25,0.0,NULL);
CREATE TABLE box (
  uid        TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part       TEXT NOT NULL,
  view       INTEGER NOT NULL,
  pass       INTEGER NOT NULL DEFAULT 1,
  sample     INTEGER NOT NULL,
  box_index  INTEGER NOT NULL,
  request_id INTEGER REFERENCES request (id),
  x1         INTEGER NOT NULL,  -- pixels of the labelling view; x2 and y2 exclusive
  y1         INTEGER NOT NULL,
  x2         INTEGER NOT NULL,
  y2         INTEGER NOT NULL,
  flag       TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (uid, part, view, pass, sample, box_index)
) WITHOUT ROWID;
INSERT INTO box VALUES('aa','handle',0,1,0,0,1,10,20,30,40,'');
INSERT INTO box VALUES('aa','handle',0,1,1,0,NULL,40,20,30,40,'inverted');
CREATE TABLE part_support (
  uid              TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part             TEXT NOT NULL,
  views_with_boxes INTEGER NOT NULL,
  views_used       INTEGER NOT NULL,
  boxes            INTEGER NOT NULL,
  visible_points   INTEGER NOT NULL,
  positive_points  INTEGER NOT NULL,
  heat_max         REAL NOT NULL,
  PRIMARY KEY (uid, part)
) WITHOUT ROWID;
INSERT INTO part_support VALUES('aa','handle',1,1,1,200,50,0.75);
CREATE TABLE mask (
  uid    TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part   TEXT NOT NULL,
  view   INTEGER NOT NULL,
  pixels INTEGER NOT NULL,
  branch TEXT NOT NULL,
  PRIMARY KEY (uid, part, view)
) WITHOUT ROWID;
INSERT INTO mask VALUES('aa','handle',0,30,'otsu_fallback');
CREATE TABLE split (
  uid   TEXT PRIMARY KEY NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  split TEXT NOT NULL CHECK (split IN ('train', 'test', 'unseen'))
) WITHOUT ROWID;
INSERT INTO split VALUES('aa','unseen');
CREATE TABLE pair (
  id         TEXT PRIMARY KEY NOT NULL,  -- "<function>/<uid1>|||<uid2>|||<label>/trial_<k>"
  function   TEXT NOT NULL,
  uid_1      TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  uid_2      TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  category_1 TEXT NOT NULL,
  category_2 TEXT NOT NULL,
  label      TEXT NOT NULL,
  trial      INTEGER NOT NULL,
  view_1     INTEGER NOT NULL,
  view_2     INTEGER NOT NULL,
  points     INTEGER NOT NULL,
  cost       REAL NOT NULL,
  path       TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO pair VALUES('hold/aa|||bb|||handle/trial_0','hold','aa','bb','mug','mug','handle',0,0,1,12,0.125,'eval/pairs/hold/trial_0.npz');
CREATE TABLE run (
  name       TEXT PRIMARY KEY NOT NULL,
  config     TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  step       INTEGER NOT NULL,
  steps      INTEGER NOT NULL,
  loss       REAL,  -- NULL: not a number
  checkpoint TEXT NOT NULL,
  updated    REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO run VALUES('full','{}','done',9,9,0.5,'train/runs/full/final.safetensors',1700000000.0);
CREATE TABLE metric (
  row       TEXT NOT NULL,
  pair      TEXT NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  direction INTEGER NOT NULL,  -- 0: image 1 → 2, 1: image 2 → 1
  name      TEXT NOT NULL,
  value     REAL,              -- NULL: not a number
  PRIMARY KEY (row, pair, direction, name)
) WITHOUT ROWID;
INSERT INTO metric VALUES('full','hold/aa|||bb|||handle/trial_0',0,'transfer.distance',12.5);
CREATE TABLE provider (
  name     TEXT PRIMARY KEY NOT NULL,
  spent    REAL NOT NULL DEFAULT 0,  -- answers and billed failures of all runs
  reserved REAL NOT NULL DEFAULT 0,  -- the most that intents, and requests in doubt, can cost
  pace     TEXT NOT NULL DEFAULT ''  -- JSON: limits learned from its answers
) WITHOUT ROWID;
INSERT INTO provider VALUES('openai',0.5,0.25,'{}');
CREATE TABLE batch (
  id        INTEGER PRIMARY KEY,
  provider  TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('open', 'harvested', 'lost')),
  remote_id TEXT NOT NULL DEFAULT '',  -- of the API; empty: not known whether it was created
  owner     TEXT NOT NULL,
  created   REAL NOT NULL
);
INSERT INTO batch VALUES(1,'openai','harvested','batch_1','host/1/1',1700000000.0);
CREATE TABLE selection (
  uid        TEXT PRIMARY KEY NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  caption    TEXT NOT NULL,
  name       TEXT NOT NULL,      -- what the caption shows, in a word or three
  candidates TEXT NOT NULL,      -- JSON array of {"category", "cosine"}, best first
  category   TEXT NOT NULL,      -- the one that was verified; empty where none was
  dropped    TEXT NOT NULL CHECK (dropped IN ('', 'no_name', 'no_match', 'not_verified', 'over_cap')),
  reason     TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO selection VALUES('aa','a red mug','mug','[{"category":"mug","cosine":0.875}]','mug','over_cap','1 of 2 are kept');
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
INSERT INTO spend_estimate VALUES('ground','mug','openai','cogvlm',4.0,360.0,44.0,2.0);
CREATE INDEX category_function_function ON category_function (function);
CREATE INDEX part_function_function ON part_function (function);
CREATE INDEX item_pending ON item (stage, not_before, key) WHERE state = 'pending';
CREATE INDEX item_leased ON item (stage, owner, lease_until) WHERE state = 'leased';
CREATE INDEX request_answered ON request (key) WHERE state = 'answered';
CREATE INDEX pair_uid_1 ON pair (uid_1);
CREATE INDEX pair_uid_2 ON pair (uid_2);
CREATE INDEX metric_pair ON metric (pair);
CREATE INDEX box_request ON box (request_id);
CREATE INDEX item_trouble ON item (stage, state, error_kind, key) WHERE state IN ('rejected', 'failed', 'skipped');
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
CREATE INDEX batch_open ON batch (provider) WHERE state = 'open';
CREATE UNIQUE INDEX request_intent ON request (key) WHERE state = 'intent';
CREATE INDEX request_intent_owner ON request (owner, expires) WHERE state = 'intent' AND batch IS NULL;
CREATE INDEX request_in_doubt ON request (key) WHERE state = 'in_doubt';
CREATE INDEX request_batch ON request (batch, call, choice) WHERE batch IS NOT NULL;
CREATE INDEX request_spend ON request (stage, category, provider, model, state, call, billed, tokens_in, tokens_out,
                                       cost, reserved, seconds);
CREATE INDEX asset_flagged ON asset (flags, uid) WHERE flags <> '';
CREATE INDEX view_flagged ON view (view_set, flags, uid) WHERE flags <> '';
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
CREATE INDEX selection_category ON selection (category, dropped);
CREATE VIEW stats_select AS
SELECT category, dropped, count(*) AS assets, min(uid) AS example, name AS example_name, reason AS example_reason
FROM selection
GROUP BY category, dropped
ORDER BY category, dropped;
CREATE INDEX request_trouble ON request (item, stage, id) WHERE state IN ('failed', 'in_doubt');
CREATE INDEX asset_category ON asset (category, uid, triangles);
CREATE INDEX asset_uid ON asset (uid, category);
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
PRAGMA application_id=1718969199;
PRAGMA user_version=8;
COMMIT;
