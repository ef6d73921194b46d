-- How select came to an asset's category, step by step, or where it dropped the asset.
CREATE TABLE selection (
  uid        TEXT PRIMARY KEY NOT NULL REFERENCES asset (uid) ON DELETE CASCADE,
  caption    TEXT NOT NULL,
  name       TEXT NOT NULL,      -- what the caption shows, in a word or three
  candidates TEXT NOT NULL,      -- JSON array of {"category", "cosine"}, best first
  category   TEXT NOT NULL,      -- the one that was verified; empty where none was
  dropped    TEXT NOT NULL CHECK (dropped IN ('', 'no_name', 'no_match', 'not_verified', 'over_cap')),
  reason     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX selection_category ON selection (category, dropped);
