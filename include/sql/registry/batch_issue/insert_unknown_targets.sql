-- Corrections that name nothing, or nothing of their unit: which of the two is not said.
INSERT INTO batch_issue (seq, rule, column_name, value)
SELECT
    c.seq,
    c.rule,
    r.column_name,
    b.record_id AS value
FROM batch_correction AS c
INNER JOIN reference.rule AS r ON c.rule = r.code
INNER JOIN batch_row AS b ON c.seq = b.seq
WHERE c.pass = :pass AND c.outcome = 'rejected'
