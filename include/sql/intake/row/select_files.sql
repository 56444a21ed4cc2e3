-- The uploads of rows that are to be judged again, in order, with the rows of each.
SELECT
    u.upload_id,
    u.kind,
    u.unit_code,
    u.file_name,
    u.received_on,
    u.header,
    u.dates_from_1904,
    FALSE AS is_whole,
    array_agg(r.row_number ORDER BY r.row_number) AS row_numbers
FROM unnest(CAST(:upload_ids AS bigint[]), CAST(:row_numbers AS integer[])) AS r (upload_id, row_number)
INNER JOIN intake.upload AS u ON r.upload_id = u.upload_id
GROUP BY u.upload_id
ORDER BY u.upload_id
