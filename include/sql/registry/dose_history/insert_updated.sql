-- The earlier state of every dose that a turn changes.
INSERT INTO registry.dose_history (
    dose_id, change, changed_by_upload_id, changed_by_row_number, entry_hash, dose, person
)
SELECT
    d.dose_id,
    'updated' AS change,
    e.upload_id,
    e.row_number,
    d.entry_hash,
    to_jsonb(d) AS dose,
    to_jsonb(p) AS person
FROM batch_entry AS e
INNER JOIN registry.dose AS d ON e.own_dose_id = d.dose_id
INNER JOIN registry.person AS p ON d.person_id = p.person_id
WHERE e.turn = :turn AND e.outcome = 'updated'
