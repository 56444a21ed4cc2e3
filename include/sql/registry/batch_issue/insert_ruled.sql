-- Why rows that a reviewer decided not to apply were held: the unit is told the rule, never whom or what they met.
INSERT INTO batch_issue (seq, rule, column_name)
SELECT
    b.seq,
    r.closed_rule AS rule,
    u.column_name
FROM batch_ruling AS r
INNER JOIN batch_row AS b ON r.seq = b.seq
INNER JOIN reference.rule AS u ON r.closed_rule = u.code
WHERE b.outcome = r.closed_as
