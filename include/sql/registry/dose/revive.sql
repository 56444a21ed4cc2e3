-- Doses of a turn that their rows made before: in effect again, as the row now says; since when they are known stays.
WITH revived AS (
    SELECT
        m.dose_id,
        e.*,
        b.lot_number,
        b.reaction,
        b.received_on
    FROM batch_entry AS e
    INNER JOIN batch_made AS m ON e.seq = m.seq
    INNER JOIN batch_row AS b ON e.seq = b.seq
    WHERE e.pass = :pass AND e.turn = :turn AND e.outcome = 'loaded'
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        'updated' AS change,
        r.upload_id,
        r.row_number,
        r.received_on AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM revived AS r
    INNER JOIN registry.dose AS d ON r.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
)

UPDATE registry.dose AS d
SET
    person_id = r.person_id,
    unit_code = r.unit_code,
    vaccine = r.vaccine,
    dose_number = r.dose_number,
    given_on = r.given_on,
    lot_number = r.lot_number,
    record_id = r.record_id,
    reaction = r.reaction,
    note = r.note,
    entry_hash = r.entry_hash,
    voided_at = NULL,
    voided_on = NULL
FROM revived AS r
WHERE d.dose_id = r.dose_id
