-- The doses of a person who is merged into another one become that one's; those that give way are withdrawn. Each
-- earlier state is kept, by the row that made the dose.
WITH chosen AS (
    SELECT
        d.dose_id,
        d.dose_id = ANY(CAST(:moved AS bigint[])) AS is_moved,
        d.dose_id = ANY(CAST(:withdrawn AS bigint[])) AS is_withdrawn
    FROM registry.dose AS d
    WHERE d.dose_id = ANY(CAST(:moved AS bigint[]) || CAST(:withdrawn AS bigint[]))
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        CASE WHEN c.is_withdrawn THEN 'voided' ELSE 'updated' END AS change,
        d.upload_id,
        d.row_number,
        CAST(:as_of AS date) AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM chosen AS c
    INNER JOIN registry.dose AS d ON c.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
    ORDER BY d.dose_id
)

UPDATE registry.dose AS d
SET
    person_id = CASE WHEN c.is_moved THEN :person_id ELSE d.person_id END,
    voided_at = CASE WHEN c.is_withdrawn THEN :received_at ELSE d.voided_at END,
    voided_on = CASE WHEN c.is_withdrawn THEN :as_of ELSE d.voided_on END
FROM chosen AS c
WHERE d.dose_id = c.dose_id
