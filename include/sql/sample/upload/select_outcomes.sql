-- Rows by kind of file and outcome.
SELECT
    u.kind,
    o.outcome,
    sum(o.rows) AS rows
FROM intake.upload AS u
CROSS JOIN
    LATERAL (
        VALUES
        ('loaded', u.rows_loaded),
        ('updated', u.rows_updated),
        ('voided', u.rows_voided),
        ('duplicate', u.rows_duplicate),
        ('held', u.rows_held),
        ('rejected', u.rows_rejected)
    ) AS o (outcome, rows)
GROUP BY u.kind, o.outcome
HAVING sum(o.rows) > 0
ORDER BY u.kind, sum(o.rows) DESC
