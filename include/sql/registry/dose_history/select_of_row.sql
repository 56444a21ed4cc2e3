-- The doses that a row changed, and how.
SELECT
    h.dose_id,
    h.change,
    h.changed_on
FROM registry.dose_history AS h
WHERE h.changed_by_upload_id = :upload_id AND h.changed_by_row_number = :row_number
ORDER BY h.dose_history_id
