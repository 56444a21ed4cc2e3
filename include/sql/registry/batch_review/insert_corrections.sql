-- Rows that change or withdraw an earlier record wait for a reviewer; no rule is broken.
INSERT INTO batch_review (seq, rule)
SELECT
    b.seq,
    NULL AS rule
FROM batch_row AS b
WHERE b.outcome = 'held' AND b.action IN ('update', 'void')
