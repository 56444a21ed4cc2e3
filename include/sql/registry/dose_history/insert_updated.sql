-- The earlier state of every dose that a turn changes.
INSERT INTO registry.dose_history (
    dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
)
SELECT
    d.dose_id,
    'updated' AS change,
    e.upload_id,
    e.row_number,
    b.received_on AS changed_on,
    d.entry_hash,
    to_jsonb(d) AS dose,
    to_jsonb(p) AS person
FROM batch_entry AS e
INNER JOIN batch_row AS b ON e.seq = b.seq
INNER JOIN registry.dose AS d ON e.own_dose_id = d.dose_id
INNER JOIN registry.person AS p ON d.person_id = p.person_id
WHERE e.pass = :pass AND e.turn = :turn AND e.outcome = 'updated'
