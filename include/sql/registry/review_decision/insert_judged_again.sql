-- Rows that went their way without a reviewer, since what they had met has changed.
INSERT INTO registry.review_decision (review_id, decision, decided_by, reason, decided_on, outcome)
SELECT
    v.review_id,
    'judged_again' AS decision,
    :decided_by AS decided_by,
    'what it had met has changed' AS reason,
    :as_of AS decided_on,
    b.outcome
FROM registry.review AS v
INNER JOIN batch_row AS b ON v.upload_id = b.upload_id AND v.row_number = b.row_number
WHERE
    v.review_id = ANY(:review_ids)
    AND NOT EXISTS (
        SELECT 1
        FROM batch_review AS w
        WHERE w.seq = b.seq AND b.outcome = 'held' AND w.rule IS NOT DISTINCT FROM v.rule
    )
