-- What was said of a row, the gravest first, without any value: a message may hold a file's name.
SELECT
    i.outcome,
    i.rule,
    i.severity,
    i.sheet,
    i.line,
    i.dose_id
FROM intake.row_issue AS i
WHERE i.upload_id = :upload_id AND i.row_number = :row_number
ORDER BY i.row_issue_id
