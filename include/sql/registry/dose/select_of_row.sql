-- The doses that a row made: the one it entered, and the earlier one that was declared with it.
SELECT
    d.dose_id,
    d.source,
    d.unit_code,
    d.vaccine,
    d.dose_number,
    d.given_on,
    d.voided_on,
    d.superseded_by
FROM registry.dose AS d
WHERE d.upload_id = :upload_id AND d.row_number = :row_number
ORDER BY d.dose_id
