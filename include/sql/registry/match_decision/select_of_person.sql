-- Why rows without a deciding key were taken for a person, or must not be.
SELECT
    m.upload_id,
    m.row_number,
    m.is_same,
    m.score,
    m.levels,
    m.decided_by,
    m.decided_at
FROM registry.match_decision AS m
WHERE m.person_id = :person_id
ORDER BY m.upload_id, m.row_number
