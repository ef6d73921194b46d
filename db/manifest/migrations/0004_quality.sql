-- Quality flags of assets, beside those of views; both are looked through by flag.
ALTER TABLE asset ADD COLUMN flags TEXT NOT NULL DEFAULT '';  -- comma-separated; empty when fine

CREATE INDEX asset_flagged ON asset (flags, uid) WHERE flags <> '';
CREATE INDEX view_flagged ON view (view_set, flags, uid) WHERE flags <> '';

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
