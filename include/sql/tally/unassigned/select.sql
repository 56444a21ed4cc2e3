-- What units sent that belongs to no key; see tally.unassigned_as_of.
SELECT
    unassigned.unit_code,
    unassigned.rows,
    unassigned.rows_without_date,
    unassigned.rows_without_vaccine,
    unassigned.rows_without_dose_number,
    unassigned.files
FROM tally.unassigned_as_of(CAST(:as_of AS date)) AS unassigned
WHERE CAST(:unit_code AS text) IS NULL OR unassigned.unit_code = :unit_code
ORDER BY unassigned.unit_code
