-- What reviewers have decided about a person, by rows or beside another one.
SELECT
    v.review_id,
    v.rule,
    v.upload_id,
    v.row_number,
    d.decision,
    d.person_id,
    d.merged_person_id,
    d.decided_by,
    d.reason,
    d.decided_on,
    d.undone_by IS NOT NULL AS is_undone
FROM registry.review_decision AS d
LEFT JOIN registry.review AS v ON d.review_id = v.review_id
WHERE d.person_id = :person_id OR d.merged_person_id = :person_id
ORDER BY d.review_decision_id
