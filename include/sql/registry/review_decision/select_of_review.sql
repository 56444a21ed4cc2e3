-- Who decided what in a review, when and why.
SELECT
    d.decision,
    d.person_id,
    d.decided_by,
    d.reason,
    d.decided_on,
    d.decided_at,
    d.outcome,
    d.undone_by IS NOT NULL AS is_undone
FROM registry.review_decision AS d
WHERE d.review_id = :review_id
ORDER BY d.review_decision_id
