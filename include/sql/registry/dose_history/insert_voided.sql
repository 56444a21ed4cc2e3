-- The last state of every dose that a pass withdraws, and of the earlier dose that was declared with it.
INSERT INTO registry.dose_history (
    dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
)
SELECT
    d.dose_id,
    'voided' AS change,
    c.upload_id,
    c.row_number,
    b.received_on AS changed_on,
    d.entry_hash,
    to_jsonb(d) AS dose,
    to_jsonb(p) AS person
FROM batch_correction AS c
INNER JOIN batch_row AS b ON c.seq = b.seq
INNER JOIN registry.dose AS v ON c.dose_id = v.dose_id
INNER JOIN registry.dose AS d
    ON
        v.upload_id = d.upload_id AND v.row_number = d.row_number
        AND (v.dose_id = d.dose_id OR d.source = 'declared')
INNER JOIN registry.person AS p ON d.person_id = p.person_id
WHERE c.pass = :pass AND c.outcome = 'voided' AND NOT c.is_void AND d.voided_at IS NULL
ORDER BY c.seq, d.dose_id
