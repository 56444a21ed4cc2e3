-- A file whose rows are asked for.
SELECT
    u.upload_id,
    u.unit_code,
    u.kind,
    u.status,
    u.received_on,
    u.rows_total,
    u.repeats_upload_id
FROM intake.upload AS u
WHERE u.upload_id = :upload_id
