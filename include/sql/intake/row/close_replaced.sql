-- Held rows that a correction has replaced or withdrawn; the registry has found them.
UPDATE intake.row AS r
SET closed_at = now(), closed_by_upload_id = c.by_upload_id, closed_by_row_number = c.by_row_number
FROM batch_closed AS c
WHERE r.upload_id = c.upload_id AND r.row_number = c.row_number AND r.closed_at IS NULL
