-- Files by status and rows by outcome of some uploads.
SELECT
    status,
    count(*) AS files,
    sum(rows_loaded) AS rows_loaded,
    sum(rows_updated) AS rows_updated,
    sum(rows_voided) AS rows_voided,
    sum(rows_duplicate) AS rows_duplicate,
    sum(rows_held) AS rows_held,
    sum(rows_rejected) AS rows_rejected
FROM intake.upload
WHERE upload_id = ANY(:upload_ids)
GROUP BY status
