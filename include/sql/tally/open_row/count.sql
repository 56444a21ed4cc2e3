-- Rows that waited on a day, by sender, outcome and the rules that made it so; rule null: all of them, each once.
-- The rows of a quarantined file wait as a file, not one by one.
WITH open_row AS (
    SELECT waiting.upload_id, waiting.row_number, waiting.sender_unit_code AS unit_code, waiting.outcome
    FROM intake.row_as_of(CAST(:as_of AS date)) AS waiting
    WHERE
        waiting.is_open
        AND NOT waiting.is_refused
        AND (CAST(:unit_code AS text) IS NULL OR waiting.sender_unit_code = :unit_code)
)

SELECT open_row.unit_code, open_row.outcome, CAST(NULL AS text) AS rule, count(*) AS rows
FROM open_row
GROUP BY open_row.unit_code, open_row.outcome
UNION ALL
SELECT cause.unit_code, cause.outcome, cause.rule, count(*)
FROM (
    SELECT DISTINCT open_row.upload_id, open_row.row_number, open_row.unit_code, open_row.outcome, issue.rule
    FROM open_row
    INNER JOIN intake.row_issue AS issue
        ON open_row.upload_id = issue.upload_id AND open_row.row_number = issue.row_number
    INNER JOIN reference.rule ON issue.rule = rule.code AND open_row.outcome = rule.consequence
) AS cause
GROUP BY cause.unit_code, cause.outcome, cause.rule
ORDER BY unit_code NULLS FIRST, outcome, rule NULLS FIRST
