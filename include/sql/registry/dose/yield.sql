-- Doses that a reviewer takes out of effect.
WITH remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        'voided' AS change,
        y.upload_id,
        y.row_number,
        CAST(:as_of AS date) AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM batch_yielded AS y
    INNER JOIN registry.dose AS d ON y.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
    ORDER BY d.dose_id
)

UPDATE registry.dose AS d
SET voided_at = :received_at, voided_on = :as_of
FROM batch_yielded AS y
WHERE d.dose_id = y.dose_id
