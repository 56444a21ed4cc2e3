-- What a row was held for, and how that ended.
SELECT
    v.review_id,
    v.rule,
    v.status,
    v.opened_on,
    v.settled_at,
    v.settled_by,
    v.decision
FROM registry.review AS v
WHERE v.upload_id = :upload_id AND v.row_number = :row_number
ORDER BY v.review_id
