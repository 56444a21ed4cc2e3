-- A dose, and the file and row that made it.
SELECT
    d.dose_id,
    d.source,
    d.unit_code,
    d.vaccine,
    d.dose_number,
    d.given_on,
    d.received_on,
    d.voided_on,
    d.superseded_by,
    d.upload_id,
    d.row_number,
    u.unit_code AS sender_unit_code,
    u.archive_path
FROM registry.dose AS d
INNER JOIN intake.upload AS u ON d.upload_id = u.upload_id
WHERE d.dose_id = :dose_id
