-- Decided, whether a mail was due or not.
INSERT INTO outreach.receipt (upload_id)
SELECT decided.upload_id
FROM unnest(CAST(:upload_ids AS bigint[])) AS decided (upload_id)
ON CONFLICT DO NOTHING
