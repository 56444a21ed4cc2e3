-- A row that was kept, as it stands, and the row that took its place.
SELECT
    r.outcome,
    r.sheet,
    r.line,
    r.closed_at,
    r.closed_by_upload_id,
    r.closed_by_row_number
FROM intake.row AS r
WHERE r.upload_id = :upload_id AND r.row_number = :row_number
