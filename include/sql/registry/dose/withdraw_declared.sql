-- The earlier doses that were declared with the record of an update, where the record now says another or none, or
-- belongs to another person: withdrawn. What it says now is declared anew.
WITH withdrawn AS (
    SELECT
        d.dose_id,
        e.upload_id,
        e.row_number,
        b.received_on
    FROM batch_entry AS e
    INNER JOIN batch_correction AS c ON e.seq = c.seq
    INNER JOIN batch_row AS b ON e.seq = b.seq
    INNER JOIN registry.dose AS o ON e.own_dose_id = o.dose_id
    INNER JOIN registry.dose AS d ON o.upload_id = d.upload_id AND o.row_number = d.row_number
    WHERE
        e.pass = :pass AND e.action = 'update' AND e.outcome = 'updated' AND c.changes
        AND d.source = 'declared' AND d.voided_at IS NULL
        AND (
            (d.person_id, d.dose_number, d.vaccine, d.given_on, d.place) IS DISTINCT FROM (
                e.person_id, b.declared_dose_number, b.declared_vaccine, b.declared_given_on, b.declared_place
            )
            OR EXISTS (SELECT 1 FROM batch_issue AS i WHERE i.seq = e.seq AND i.rule = 'declared.invalid')
        )
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        'voided' AS change,
        w.upload_id,
        w.row_number,
        w.received_on AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM withdrawn AS w
    INNER JOIN registry.dose AS d ON w.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
)

UPDATE registry.dose AS d
SET voided_at = u.received_at, voided_on = w.received_on
FROM withdrawn AS w
INNER JOIN intake.upload AS u ON w.upload_id = u.upload_id
WHERE d.dose_id = w.dose_id
