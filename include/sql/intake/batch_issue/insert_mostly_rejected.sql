-- In a file that is mostly rejected the sound rows are rejected too, by the file's rule.
INSERT INTO batch_issue (seq, rule)
SELECT
    v.seq,
    'file.mostly_rejected' AS rule
FROM batch_verdict AS v
WHERE
    v.upload_id = ANY(:mostly_rejected)
    AND NOT EXISTS (
        SELECT 1
        FROM batch_issue AS i
        INNER JOIN reference.rule AS r ON i.rule = r.code
        WHERE i.seq = v.seq AND r.consequence = 'rejected'
    )
