-- Files by status, rows by outcome and remarks by rule of the uploads that a run took in.
SELECT
    u.kind,
    u.status,
    count(*) AS files,
    sum(u.rows_total) AS rows_total,
    sum(u.rows_loaded) AS rows_loaded,
    sum(u.rows_updated) AS rows_updated,
    sum(u.rows_voided) AS rows_voided,
    sum(u.rows_duplicate) AS rows_duplicate,
    sum(u.rows_held) AS rows_held,
    sum(u.rows_rejected) AS rows_rejected
FROM intake.upload AS u
WHERE u.processed_at = :processed_at
GROUP BY u.kind, u.status
ORDER BY u.kind, u.status
