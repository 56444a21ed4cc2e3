-- Whether the dose that a row made was withdrawn since by a later row: then there is nothing to take back.
SELECT
    h.changed_by_upload_id AS upload_id,
    h.changed_by_row_number AS row_number
FROM registry.dose AS d
INNER JOIN registry.dose_history AS h ON d.dose_id = h.dose_id
WHERE
    d.upload_id = :upload_id AND d.row_number = :row_number AND d.source = 'administered'
    AND d.voided_at IS NOT NULL AND h.change = 'voided'
    AND (h.changed_by_upload_id, h.changed_by_row_number) <> (d.upload_id, d.row_number)
ORDER BY h.dose_history_id DESC
LIMIT 1
