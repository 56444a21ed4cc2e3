-- What reviewers have decided about a person.
SELECT
    v.review_id,
    v.rule,
    v.upload_id,
    v.row_number,
    d.decision,
    d.decided_by,
    d.reason,
    d.decided_on,
    d.undone_by IS NOT NULL AS is_undone
FROM registry.review_decision AS d
INNER JOIN registry.review AS v ON d.review_id = v.review_id
WHERE d.person_id = :person_id
ORDER BY d.review_decision_id
