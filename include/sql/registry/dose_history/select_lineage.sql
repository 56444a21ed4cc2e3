-- What became of a dose, in order: each change, by which row, and where the dose stood before.
SELECT
    h.change,
    h.changed_on,
    h.changed_by_upload_id AS upload_id,
    h.changed_by_row_number AS row_number,
    u.unit_code AS sender_unit_code,
    h.dose ->> 'unit_code' AS unit_code,
    h.dose ->> 'vaccine' AS vaccine,
    CAST(h.dose ->> 'dose_number' AS smallint) AS dose_number,
    CAST(h.dose ->> 'given_on' AS date) AS given_on,
    CAST(h.dose ->> 'person_id' AS bigint) <> d.person_id AS was_of_another_person
FROM registry.dose_history AS h
INNER JOIN registry.dose AS d ON h.dose_id = d.dose_id
INNER JOIN intake.upload AS u ON h.changed_by_upload_id = u.upload_id
WHERE h.dose_id = :dose_id
ORDER BY h.dose_history_id
