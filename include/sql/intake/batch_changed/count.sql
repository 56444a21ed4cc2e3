-- Rows judged again, by the outcome they have now; and of those, how many came out otherwise than before.
SELECT
    v.outcome,
    count(*) AS rows,
    count(c.upload_id) AS rows_changed
FROM batch_verdict AS v
LEFT JOIN batch_changed AS c ON v.upload_id = c.upload_id AND v.row_number = c.row_number
GROUP BY v.outcome
