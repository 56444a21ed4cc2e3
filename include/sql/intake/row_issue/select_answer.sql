-- The lines of a file's answer, safe to open in a spreadsheet.
SELECT
    i.row_number,
    intake.safe_cell(i.sheet) AS sheet,
    i.line,
    i.outcome,
    i.rule,
    i.severity,
    i.column_name,
    intake.safe_cell(i.value) AS value,
    intake.safe_cell(i.message) AS message
FROM intake.row_issue AS i
WHERE i.upload_id = :upload_id
ORDER BY i.row_number, i.row_issue_id
