-- The manifest's tables and indexes as they are now, to be read: what the migrations make, in one place (a
-- test compares the two). Views stand in views.sql. Times are Unix seconds. `item` and the per-asset tables
-- are clustered by their natural keys, so that a stage's listing and every per-asset query is one range of a
-- primary key.

-- An object: where it was catalogued, and what filter found in it.
CREATE TABLE asset (
  uid                  TEXT PRIMARY KEY NOT NULL,  -- 32 hex digits
  name                 TEXT NOT NULL,              -- path relative to its root, for people
  root                 TEXT NOT NULL,              -- absolute folder it was catalogued from
  path                 TEXT NOT NULL,              -- relative to root: a file, or a folder of part files
  format               TEXT NOT NULL,              -- "glb", "obj" …; of the first part for a folder
  is_part_folder       INTEGER NOT NULL DEFAULT 0,
  bytes                INTEGER NOT NULL DEFAULT 0,  -- of the mesh file(s)
  content_hash         TEXT NOT NULL,               -- of mesh files, sidecar and files they may refer to
  sidecar              TEXT NOT NULL DEFAULT '',    -- relative to root; empty where there is none
  category             TEXT,                        -- NULL: not known yet
  up                   TEXT NOT NULL DEFAULT 'y' CHECK (up IN ('y', 'z')),  -- the axis that is up in the file
  -- What filter found; NULL until it accepted the asset.
  triangles            INTEGER,
  vertices             INTEGER,
  degenerate_triangles INTEGER,
  materials            INTEGER,
  textures             INTEGER,
  extent_x             REAL,  -- sides of the bounding box before normalisation, asset units
  extent_y             REAL,
  extent_z             REAL,
  part_names           TEXT,  -- JSON array; part id = index
  facts                TEXT,  -- JSON object
  flags                TEXT NOT NULL DEFAULT ''  -- comma-separated; empty when fine
);
CREATE INDEX asset_category ON asset (category, uid, triangles);
CREATE INDEX asset_uid ON asset (uid, category);
CREATE INDEX asset_flagged ON asset (flags, uid) WHERE flags <> '';

-- What people or models wrote about an asset.
CREATE TABLE caption (
  uid    TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  source TEXT NOT NULL,  -- "cap3d" …
  text   TEXT NOT NULL,
  PRIMARY KEY (uid, source)
) WITHOUT ROWID;

-- How select came to an asset's category, step by step, or where it dropped the asset.
CREATE TABLE selection (
  uid        TEXT PRIMARY KEY NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  caption    TEXT NOT NULL,
  name       TEXT NOT NULL,  -- what the caption shows, in a word or three
  candidates TEXT NOT NULL,  -- JSON array of {"category", "cosine"}, best first
  category   TEXT NOT NULL,  -- the one that was verified; empty where none was
  dropped    TEXT NOT NULL CHECK (dropped IN ('', 'no_name', 'no_match', 'not_verified', 'over_cap')),
  reason     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX selection_category ON selection (category, dropped);

-- The taxonomy: which categories perform which functions, and by which of their parts.
CREATE TABLE function (
  name        TEXT PRIMARY KEY NOT NULL,
  description TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE category (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;

CREATE TABLE category_function (
  category TEXT NOT NULL REFERENCES category (name) ON DELETE CASCADE,
  function TEXT NOT NULL REFERENCES function (name) ON DELETE CASCADE,
  PRIMARY KEY (category, function)
) WITHOUT ROWID;
CREATE INDEX category_function_function ON category_function (function);

CREATE TABLE part (
  category    TEXT NOT NULL REFERENCES category (name) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_small    INTEGER NOT NULL DEFAULT 0,  -- needs the zoomed second pass
  is_edge     INTEGER NOT NULL DEFAULT 0,  -- heat is multiplied by the edge probability
  PRIMARY KEY (category, name)
) WITHOUT ROWID;

CREATE TABLE part_function (
  category TEXT NOT NULL,
  part     TEXT NOT NULL,
  function TEXT NOT NULL REFERENCES function (name) ON DELETE CASCADE,
  PRIMARY KEY (category, part, function),
  FOREIGN KEY (category, part) REFERENCES part (category, name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX part_function_function ON part_function (function);

-- One unit of a stage's work (an asset, an asset's part, a pair …) and what became of it.
CREATE TABLE item (
  stage             TEXT NOT NULL,
  key               TEXT NOT NULL,
  state             TEXT NOT NULL
                    CHECK (state IN ('pending', 'leased', 'done', 'skipped', 'rejected', 'failed')),
  fingerprint       TEXT NOT NULL,            -- "<options hash>:<upstream hash>", as wanted or as done
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
CREATE INDEX item_pending ON item (stage, not_before, key) WHERE state = 'pending';
CREATE INDEX item_leased ON item (stage, owner, lease_until) WHERE state = 'leased';
CREATE INDEX item_trouble ON item (stage, state, error_kind, key)
  WHERE state IN ('rejected', 'failed', 'skipped');

-- A rendered view.
CREATE TABLE view (
  uid               TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  view_set          TEXT NOT NULL,  -- "label" or "train"
  view              INTEGER NOT NULL,
  hdri              TEXT NOT NULL DEFAULT '',
  hdri_rotation_deg REAL NOT NULL DEFAULT 0,
  coverage          REAL NOT NULL DEFAULT 0,     -- share of pixels with alpha > 0.5
  visible_points    INTEGER NOT NULL DEFAULT 0,
  flags             TEXT NOT NULL DEFAULT '',    -- comma-separated; empty when fine
  PRIMARY KEY (uid, view_set, view)
) WITHOUT ROWID;
CREATE INDEX view_flagged ON view (view_set, flags, uid) WHERE flags <> '';

-- A model's provider: its money over all runs.
CREATE TABLE provider (
  name     TEXT PRIMARY KEY NOT NULL,
  spent    REAL NOT NULL DEFAULT 0,  -- answers and billed failures of all runs
  reserved REAL NOT NULL DEFAULT 0,  -- the most that intents, and requests in doubt, can cost
  pace     TEXT NOT NULL DEFAULT ''  -- JSON: limits learned from its answers
) WITHOUT ROWID;

-- A batch of a provider's Batch API.
CREATE TABLE batch (
  id        INTEGER PRIMARY KEY,
  provider  TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('open', 'harvested', 'lost')),
  remote_id TEXT NOT NULL DEFAULT '',  -- of the API; empty: not known whether it was created
  owner     TEXT NOT NULL,
  created   REAL NOT NULL
);
CREATE INDEX batch_open ON batch (provider) WHERE state = 'open';

-- The ledger: one row per (request, sample) that was or may have been paid for. A call, one request on the
-- wire, answers one or several samples.
CREATE TABLE request (
  id          INTEGER PRIMARY KEY,
  key         TEXT NOT NULL,  -- hash of body, image, model, sampling parameters, sample index
  stage       TEXT NOT NULL,
  item        TEXT NOT NULL,
  provider    TEXT NOT NULL,
  model       TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('intent', 'answered', 'failed', 'in_doubt')),
  attempt     INTEGER NOT NULL DEFAULT 1,
  http_status INTEGER NOT NULL DEFAULT 0,
  error_code  TEXT NOT NULL DEFAULT '',     -- of the API, or of the transport
  answer      TEXT,                         -- raw body, stored before it is parsed
  tokens_in   INTEGER NOT NULL DEFAULT 0,
  tokens_out  INTEGER NOT NULL DEFAULT 0,
  cost        REAL NOT NULL DEFAULT 0,      -- in the price table's currency
  seconds     REAL NOT NULL DEFAULT 0,
  owner       TEXT NOT NULL,
  created     REAL NOT NULL,
  category    TEXT NOT NULL DEFAULT '',
  call        INTEGER,                      -- row with the call's answer, tokens and cost; NULL: this
  choice      INTEGER NOT NULL DEFAULT 0,   -- index in the call's answer
  billed      INTEGER NOT NULL DEFAULT 0,   -- the provider counted it, as far as one can know
  reserved    REAL NOT NULL DEFAULT 0,      -- the most it can cost, while that is not known
  expires     REAL NOT NULL DEFAULT 0,      -- an older intent is nobody's any more
  batch       INTEGER REFERENCES batch (id)
);
CREATE INDEX request_answered ON request (key) WHERE state = 'answered';
CREATE UNIQUE INDEX request_intent ON request (key) WHERE state = 'intent';  -- one asks at a time
CREATE INDEX request_intent_owner ON request (owner, expires) WHERE state = 'intent' AND batch IS NULL;
CREATE INDEX request_in_doubt ON request (key) WHERE state = 'in_doubt';
CREATE INDEX request_batch ON request (batch, call, choice) WHERE batch IS NOT NULL;
CREATE INDEX request_spend ON request (stage, category, provider, model, state, call, billed, tokens_in,
                                       tokens_out, cost, reserved, seconds);
CREATE INDEX request_trouble ON request (item, stage, id) WHERE state IN ('failed', 'in_doubt');

-- What a stage's answers should have cost when the run that began last has ended: what was spent when it
-- began and what it reckoned with.
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

-- A box that a vision-language model gave for a part; every one is kept.
CREATE TABLE box (
  uid        TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part       TEXT NOT NULL,
  view       INTEGER NOT NULL,
  pass       INTEGER NOT NULL DEFAULT 1,  -- 2: the zoomed one
  sample     INTEGER NOT NULL,
  box_index  INTEGER NOT NULL,            -- several boxes in one reply
  request_id INTEGER REFERENCES request (id),
  x1         INTEGER NOT NULL,            -- pixels of the labelling view; x2 and y2 exclusive
  y1         INTEGER NOT NULL,
  x2         INTEGER NOT NULL,
  y2         INTEGER NOT NULL,
  flag       TEXT NOT NULL DEFAULT '',    -- "out_of_range", "inverted", "empty", "clipped" (sound); empty when fine
  PRIMARY KEY (uid, part, view, pass, sample, box_index)
) WITHOUT ROWID;
CREATE INDEX box_request ON box (request_id);  -- which boxes did a request pay for?

-- A box that a vision-language model gave in a view of a ground-truth pair, of a part or of what performs a
-- function.
CREATE TABLE pair_box (
  uid        TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  subject    TEXT NOT NULL,             -- what name is of: "part" or "function"
  name       TEXT NOT NULL,
  view       INTEGER NOT NULL,
  sample     INTEGER NOT NULL,
  box_index  INTEGER NOT NULL,          -- several boxes in one reply
  request_id INTEGER REFERENCES request (id),
  x1         INTEGER NOT NULL,          -- pixels of the view, or of the stored crop; x2 and y2 exclusive
  y1         INTEGER NOT NULL,
  x2         INTEGER NOT NULL,
  y2         INTEGER NOT NULL,
  flag       TEXT NOT NULL DEFAULT '',  -- as a box's
  vlm        TEXT NOT NULL DEFAULT '',  -- name of the run of locate that asked; empty: the one without a name
  PRIMARY KEY (uid, subject, name, vlm, view, sample, box_index)
) WITHOUT ROWID;
CREATE INDEX pair_box_request ON pair_box (request_id);

-- What aggregate found for one part of one asset.
CREATE TABLE part_support (
  uid              TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part             TEXT NOT NULL,
  views_with_boxes INTEGER NOT NULL,
  views_used       INTEGER NOT NULL,
  boxes            INTEGER NOT NULL,
  visible_points   INTEGER NOT NULL,
  positive_points  INTEGER NOT NULL,  -- heat > 0.5 after scaling
  heat_max         REAL NOT NULL,
  doubt            REAL,              -- how unsure the labelling is, 0 … 1; NULL: its heat is no probability
  PRIMARY KEY (uid, part)
) WITHOUT ROWID;

-- The mask of one part in one training view.
CREATE TABLE mask (
  uid    TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part   TEXT NOT NULL,
  view   INTEGER NOT NULL,
  pixels INTEGER NOT NULL,
  branch TEXT NOT NULL,  -- how it was made: "threshold", "otsu", "otsu_fallback", "empty", "posterior"
  PRIMARY KEY (uid, part, view)
) WITHOUT ROWID;

CREATE TABLE split (
  uid   TEXT PRIMARY KEY NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  split TEXT NOT NULL CHECK (split IN ('train', 'test', 'unseen'))
) WITHOUT ROWID;

-- A ground-truth pair of images of two assets.
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
  points     INTEGER NOT NULL,  -- matched pixels
  cost       REAL NOT NULL,     -- of the assignment, mean Euclidean distance in object-1 units
  path       TEXT NOT NULL,     -- of the arrays, relative to the workspace
  pair_set   TEXT NOT NULL DEFAULT 'own' CHECK (pair_set IN ('own', 'synthetic', 'real'))
) WITHOUT ROWID;
CREATE INDEX pair_uid_1 ON pair (uid_1);
CREATE INDEX pair_uid_2 ON pair (uid_2);

-- A training run.
CREATE TABLE run (
  name       TEXT PRIMARY KEY NOT NULL,
  config     TEXT NOT NULL,  -- JSON
  state      TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  step       INTEGER NOT NULL,
  steps      INTEGER NOT NULL,
  loss       REAL,           -- NULL: not a number
  checkpoint TEXT NOT NULL,  -- relative to the workspace
  updated    REAL NOT NULL
) WITHOUT ROWID;

-- One number that evaluate measured.
CREATE TABLE metric (
  row       TEXT NOT NULL,     -- of the results table: "chance", "backbone", "full" …
  run       TEXT NOT NULL,     -- training run that was measured; empty: the one of the row's name, or none
  pair      TEXT NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  direction INTEGER NOT NULL,  -- 0: image 1 → 2, 1: image 2 → 1
  name      TEXT NOT NULL,     -- "transfer.pck@23", "discovery.f1@10" …
  value     REAL,              -- NULL: not a number
  PRIMARY KEY (row, run, pair, direction, name)
) WITHOUT ROWID;
CREATE INDEX metric_pair ON metric (pair);

-- A training run of a sweep, in the sweep's order.
CREATE TABLE sweep_run (
  sweep    TEXT NOT NULL,
  position INTEGER NOT NULL,
  run      TEXT NOT NULL,  -- its name
  setting  TEXT NOT NULL,  -- for people: "base", "spatial_weight=10, temperature=0.05", or a name
  changes  TEXT NOT NULL,  -- what it changes of the base: "full,spatial_weight=10"
  seed     TEXT NOT NULL,  -- empty: the configuration's own
  row      TEXT NOT NULL,  -- of the results table as which it is measured
  fingerprint TEXT NOT NULL,  -- of its item of train, as the sweep wants it
  PRIMARY KEY (sweep, position)
) WITHOUT ROWID;
