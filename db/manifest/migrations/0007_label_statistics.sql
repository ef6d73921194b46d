-- Label statistics of millions of assets: tables of labels are counted per asset in the order of their keys, without
-- sorting, and the assets' categories read in the same order from an index that holds no more.
DROP INDEX asset_category;
CREATE INDEX asset_category ON asset (category, uid, triangles);
CREATE INDEX asset_uid ON asset (uid, category);
