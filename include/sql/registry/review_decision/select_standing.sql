-- What was decided on a row and stands, in order.
SELECT
    d.review_decision_id,
    d.review_id,
    d.decision,
    d.person_id
FROM registry.review AS v
INNER JOIN registry.review_decision AS d ON v.review_id = d.review_id
WHERE
    v.upload_id = :upload_id AND v.row_number = :row_number
    AND d.undone_by IS NULL AND d.decision NOT IN ('reopen', 'judged_again')
ORDER BY d.review_decision_id
