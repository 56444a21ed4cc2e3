-- All that was decided on a row, and that the reopening of its review undoes.
UPDATE registry.review_decision AS d
SET undone_by = :reopen_id
FROM registry.review AS v
WHERE
    d.review_id = v.review_id AND v.upload_id = :upload_id AND v.row_number = :row_number
    AND d.undone_by IS NULL AND d.decision NOT IN ('reopen', 'judged_again')
RETURNING d.review_decision_id, d.decision, d.person_id
