-- The indexes that answer the views for people (views.sql).
CREATE INDEX asset_category ON asset (category, uid);
CREATE INDEX request_spend ON request (stage, provider, model, state, tokens_in, tokens_out, cost, seconds);
CREATE INDEX box_request ON box (request_id);  -- which boxes did a request pay for?
CREATE INDEX item_trouble ON item (stage, state, error_kind, key) WHERE state IN ('rejected', 'failed', 'skipped');
