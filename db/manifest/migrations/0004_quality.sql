-- Quality flags of assets, beside those of views; both are looked through by flag.
ALTER TABLE asset ADD COLUMN flags TEXT NOT NULL DEFAULT '';  -- comma-separated; empty when fine

CREATE INDEX asset_flagged ON asset (flags, uid) WHERE flags <> '';
CREATE INDEX view_flagged ON view (view_set, flags, uid) WHERE flags <> '';
