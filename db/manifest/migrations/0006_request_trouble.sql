-- Which requests for an item ended badly? (funcorr why)
CREATE INDEX request_trouble ON request (item, stage, id) WHERE state IN ('failed', 'in_doubt');
