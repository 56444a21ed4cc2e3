-- Doses that gave way to a row whose review is reopened: in effect again, unless the unit has entered the dose anew or
-- its record was withdrawn since.
WITH given_back AS (
    SELECT
        d.dose_id,
        h.changed_by_upload_id AS upload_id,
        h.changed_by_row_number AS row_number
    FROM registry.dose AS d
    CROSS JOIN
        LATERAL (
            SELECT g.*
            FROM registry.dose_history AS g
            WHERE g.dose_id = d.dose_id
            ORDER BY g.dose_history_id DESC
            LIMIT 1
        ) AS h
    WHERE
        d.dose_id IN (
            SELECT o.dose_id
            FROM registry.dose_history AS o
            WHERE o.changed_by_upload_id = :upload_id AND o.changed_by_row_number = :row_number AND o.change = 'voided'
        )
        AND d.voided_at IS NOT NULL AND h.change = 'voided'
        AND (d.upload_id, d.row_number) <> (h.changed_by_upload_id, h.changed_by_row_number)
        AND h.changed_by_upload_id = :upload_id AND h.changed_by_row_number = :row_number
        -- the sender has withdrawn it too
        AND NOT EXISTS (
            SELECT 1
            FROM intake.row_issue AS i
            WHERE i.dose_id = d.dose_id AND i.outcome = 'voided' AND i.upload_id > d.upload_id
        )
        AND NOT EXISTS (
            SELECT 1
            FROM registry.dose AS n
            WHERE
                n.person_id = d.person_id AND n.source = d.source AND n.dose_number = d.dose_number
                AND n.voided_at IS NULL AND n.superseded_by IS NULL
                AND (
                    d.source = 'declared'
                    OR (n.given_on, n.vaccine, n.unit_code) = (d.given_on, d.vaccine, d.unit_code)
                )
        )
),

remembered AS (
    INSERT INTO registry.dose_history (
        dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
    )
    SELECT
        d.dose_id,
        'updated' AS change,
        g.upload_id,
        g.row_number,
        CAST(:as_of AS date) AS changed_on,
        d.entry_hash,
        to_jsonb(d) AS dose,
        to_jsonb(p) AS person
    FROM given_back AS g
    INNER JOIN registry.dose AS d ON g.dose_id = d.dose_id
    INNER JOIN registry.person AS p ON d.person_id = p.person_id
)

UPDATE registry.dose AS d
SET voided_at = NULL, voided_on = NULL
FROM given_back AS g
WHERE d.dose_id = g.dose_id
