-- Updates that a row rule rejects: the record stays as it is.
UPDATE batch_correction AS c
SET outcome = 'rejected'
FROM batch_issue AS i
INNER JOIN reference.rule AS r ON i.rule = r.code
WHERE c.seq = i.seq AND c.pass = :pass AND c.outcome IS NULL AND r.consequence = 'rejected'
