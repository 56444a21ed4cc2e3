-- Declared doses that gave way to a dose which a reviewer took out of effect, or which is another person's now: the
-- next of the person with that number takes its place, or the declaration is in effect again.
WITH freed AS (
    SELECT
        d.dose_id,
        y.upload_id,
        y.row_number,
        (
            SELECT a.dose_id
            FROM registry.dose AS a
            WHERE
                a.person_id = d.person_id AND a.dose_number = d.dose_number
                AND a.source = 'administered' AND a.voided_at IS NULL AND a.superseded_by IS NULL
            ORDER BY a.upload_id, a.row_number
            LIMIT 1
        ) AS superseded_by
    FROM batch_yielded AS y
    INNER JOIN registry.dose AS o ON y.dose_id = o.dose_id
    INNER JOIN registry.dose AS d ON o.dose_id = d.superseded_by
    WHERE d.voided_at IS NULL AND (o.voided_at IS NOT NULL OR o.person_id <> d.person_id)
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        CASE WHEN f.superseded_by IS NULL THEN 'restored' ELSE 'superseded' END AS change,
        f.upload_id,
        f.row_number,
        CAST(:as_of AS date) AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM freed AS f
    INNER JOIN registry.dose AS d ON f.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
)

UPDATE registry.dose AS d
SET superseded_by = f.superseded_by
FROM freed AS f
WHERE d.dose_id = f.dose_id
