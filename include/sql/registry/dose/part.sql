-- The doses that a merge had moved go back, and those that it had withdrawn are in effect again, unless another row has
-- withdrawn or entered them since.
WITH chosen AS (
    SELECT
        d.dose_id,
        b.is_moved AND d.person_id = m.person_id AS is_moved,
        b.is_withdrawn AND d.voided_at IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM registry.dose_history AS h
            WHERE h.dose_id = d.dose_id AND h.changed_at > m.decided_at
        )
        AND NOT EXISTS (
            SELECT 1
            FROM registry.dose AS n
            WHERE
                n.person_id = CASE WHEN b.is_moved THEN m.merged_person_id ELSE d.person_id END
                AND n.source = d.source AND n.dose_number = d.dose_number
                AND n.voided_at IS NULL AND n.superseded_by IS NULL
                AND (
                    d.source = 'declared'
                    OR (n.given_on, n.vaccine, n.unit_code) = (d.given_on, d.vaccine, d.unit_code)
                )
        ) AS is_restored,
        m.merged_person_id
    FROM registry.review_decision AS m
    CROSS JOIN
        LATERAL (
            SELECT
                CAST(e.value AS bigint) AS dose_id,
                bool_or(e.is_moved) AS is_moved,
                bool_or(NOT e.is_moved) AS is_withdrawn
            FROM (
                SELECT v.value, TRUE AS is_moved
                FROM jsonb_array_elements_text(m.before -> 'moved') AS v (value)
                UNION ALL
                SELECT v.value, FALSE AS is_moved
                FROM jsonb_array_elements_text(m.before -> 'withdrawn') AS v (value)
            ) AS e
            GROUP BY e.value
        ) AS b
    INNER JOIN registry.dose AS d ON b.dose_id = d.dose_id
    WHERE m.review_decision_id = :review_decision_id
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        'updated' AS change,
        d.upload_id,
        d.row_number,
        CAST(:as_of AS date) AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM chosen AS c
    INNER JOIN registry.dose AS d ON c.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
    WHERE c.is_moved OR c.is_restored
    ORDER BY d.dose_id
)

UPDATE registry.dose AS d
SET
    person_id = CASE WHEN c.is_moved THEN c.merged_person_id ELSE d.person_id END,
    voided_at = CASE WHEN c.is_restored THEN NULL ELSE d.voided_at END,
    voided_on = CASE WHEN c.is_restored THEN NULL ELSE d.voided_on END
FROM chosen AS c
WHERE d.dose_id = c.dose_id AND (c.is_moved OR c.is_restored)
