-- The uploads of a batch with rows that name the row they correct, in order.
SELECT DISTINCT upload_id
FROM batch_row
WHERE vaxtally_ref IS NOT NULL
ORDER BY upload_id
