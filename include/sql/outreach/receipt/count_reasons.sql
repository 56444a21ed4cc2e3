-- Why rows of these files were rejected or held: rows by rule, the most frequent first. A row may fail several rules.
SELECT
    issue.upload_id,
    issue.outcome,
    issue.rule,
    count(DISTINCT issue.row_number) AS rows
FROM intake.row_issue AS issue
INNER JOIN reference.rule ON issue.rule = rule.code AND issue.outcome = rule.consequence
WHERE issue.upload_id = any(:upload_ids) AND issue.row_number > 0 AND issue.outcome IN ('rejected', 'held')
GROUP BY issue.upload_id, issue.outcome, issue.rule
ORDER BY issue.upload_id, issue.outcome, count(DISTINCT issue.row_number) DESC, issue.rule
