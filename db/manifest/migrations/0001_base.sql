-- The manifest's tables. Times are Unix seconds. `item` and the per-asset tables are clustered by their natural
-- keys, so that a stage's listing and every per-asset query is one range of a primary key.
PRAGMA application_id = 1718969199;  -- "fuco"

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
);

CREATE TABLE caption (
  uid    TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  source TEXT NOT NULL,
  text   TEXT NOT NULL,
  PRIMARY KEY (uid, source)
) WITHOUT ROWID;

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
  is_small    INTEGER NOT NULL DEFAULT 0,
  is_edge     INTEGER NOT NULL DEFAULT 0,
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
CREATE INDEX item_pending ON item (stage, not_before, key) WHERE state = 'pending';
CREATE INDEX item_leased ON item (stage, owner, lease_until) WHERE state = 'leased';

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

-- The ledger: one row per (request, sample) that was or may have been paid for.
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
);
CREATE INDEX request_answered ON request (key) WHERE state = 'answered';
CREATE INDEX request_intent ON request (stage, owner) WHERE state = 'intent';

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

CREATE TABLE mask (
  uid    TEXT NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  part   TEXT NOT NULL,
  view   INTEGER NOT NULL,
  pixels INTEGER NOT NULL,
  branch TEXT NOT NULL,
  PRIMARY KEY (uid, part, view)
) WITHOUT ROWID;

CREATE TABLE split (
  uid   TEXT PRIMARY KEY NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  split TEXT NOT NULL CHECK (split IN ('train', 'test', 'unseen'))
) WITHOUT ROWID;

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
CREATE INDEX pair_uid_1 ON pair (uid_1);
CREATE INDEX pair_uid_2 ON pair (uid_2);

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

CREATE TABLE metric (
  row       TEXT NOT NULL,
  pair      TEXT NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  direction INTEGER NOT NULL,  -- 0: image 1 → 2, 1: image 2 → 1
  name      TEXT NOT NULL,
  value     REAL,              -- NULL: not a number
  PRIMARY KEY (row, pair, direction, name)
) WITHOUT ROWID;
CREATE INDEX metric_pair ON metric (pair);
