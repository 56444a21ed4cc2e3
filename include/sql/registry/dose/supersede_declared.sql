-- A declared dose gives way to the same dose entered by the unit that gave it.
WITH given AS (
    SELECT
        c.dose_id,
        (array_agg(a.dose_id ORDER BY a.upload_id, a.row_number))[1] AS superseded_by
    FROM registry.dose AS c
    INNER JOIN registry.dose AS a ON c.person_id = a.person_id AND c.dose_number = a.dose_number
    WHERE
        c.person_id IN (
            SELECT e.person_id FROM batch_entry AS e WHERE e.pass = :pass AND e.outcome IN ('loaded', 'updated')
        )
        AND c.source = 'declared' AND c.voided_at IS NULL AND c.superseded_by IS NULL
        AND a.source = 'administered' AND a.voided_at IS NULL
    GROUP BY c.dose_id
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        c.dose_id,
        'superseded' AS change,
        a.upload_id,
        a.row_number,
        a.received_on AS changed_on,
        c.entry_hash,
        to_jsonb(c) AS dose,
        to_jsonb(p) AS person
    FROM given AS g
    INNER JOIN registry.dose AS c ON g.dose_id = c.dose_id
    INNER JOIN registry.dose AS a ON g.superseded_by = a.dose_id
    INNER JOIN registry.person AS p ON c.person_id = p.person_id
)

UPDATE registry.dose AS d
SET superseded_by = g.superseded_by
FROM given AS g
WHERE d.dose_id = g.dose_id
