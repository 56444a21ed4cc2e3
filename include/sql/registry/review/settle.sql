-- Reviews of rows that were judged again and are not held for that reason any more.
UPDATE registry.review AS v
SET
    status = 'settled',
    settled_at = now(),
    settled_by = :decided_by,
    decision = :decision
FROM batch_row AS b
WHERE
    v.upload_id = b.upload_id AND v.row_number = b.row_number AND v.status = 'open'
    AND NOT EXISTS (
        SELECT 1
        FROM batch_review AS w
        WHERE w.seq = b.seq AND b.outcome = 'held' AND w.rule IS NOT DISTINCT FROM v.rule
    )
