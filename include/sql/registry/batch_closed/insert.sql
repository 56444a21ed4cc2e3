-- The held rows that the corrections of a pass replace or withdraw.
INSERT INTO batch_closed (upload_id, row_number, by_upload_id, by_row_number)
SELECT DISTINCT ON (w.upload_id, w.row_number)
    w.upload_id,
    w.row_number,
    c.upload_id AS by_upload_id,
    c.row_number AS by_row_number
FROM batch_correction AS c
INNER JOIN batch_waiting AS w ON c.seq = w.seq
WHERE c.pass = :pass AND c.outcome IS DISTINCT FROM 'rejected'
ORDER BY w.upload_id, w.row_number, c.seq
