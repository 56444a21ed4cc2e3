-- The rows that made doses of these persons and were kept, and those that repeated or changed these or the dose of the
-- row itself: each is to be asked again who it is.
WITH made AS (
    SELECT d.dose_id, r.upload_id, r.row_number
    FROM registry.dose AS d
    INNER JOIN intake.row AS r ON d.upload_id = r.upload_id AND d.row_number = r.row_number
    WHERE
        (
            d.person_id = ANY(CAST(:person_ids AS bigint[]))
            OR (d.upload_id = :upload_id AND d.row_number = :row_number)
        )
        AND d.source = 'administered' AND d.voided_at IS NULL
        AND r.outcome = 'loaded' AND coalesce(r.canonical ->> 'action', 'new') = 'new'
)

SELECT m.upload_id, m.row_number
FROM made AS m
UNION
SELECT r.upload_id, r.row_number
FROM intake.row AS r
INNER JOIN intake.row_issue AS i ON r.upload_id = i.upload_id AND r.row_number = i.row_number
WHERE
    r.outcome IN ('updated', 'duplicate') AND coalesce(r.canonical ->> 'action', 'new') = 'new'
    AND i.dose_id IN (SELECT m.dose_id FROM made AS m)
ORDER BY 1, 2
