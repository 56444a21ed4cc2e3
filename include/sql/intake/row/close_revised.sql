-- A later report has the last word on these lines: nobody waits for them.
UPDATE intake.row AS r
SET closed_at = now()
FROM unnest(CAST(:upload_ids AS bigint[]), CAST(:row_numbers AS integer[])) AS c (upload_id, row_number)
WHERE r.upload_id = c.upload_id AND r.row_number = c.row_number AND r.closed_at IS NULL
