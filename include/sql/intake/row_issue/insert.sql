-- One line for each remark on a row, and one for each row that is not simply loaded and has none.
INSERT INTO intake.row_issue (
    upload_id, row_number, sheet, line, outcome, rule, severity, column_name, value, message, dose_id
)
SELECT
    v.upload_id,
    v.row_number,
    v.sheet,
    v.line,
    v.outcome,
    r.code AS rule,
    r.severity,
    i.column_name,
    i.value,
    intake.render_message(
        CASE
            WHEN r.code IS NULL THEN t.message
            WHEN u.language = 'vi' THEN r.message_vi
            ELSE r.message_en
        END,
        coalesce(i.message_values, '{}') || jsonb_build_object('value', i.value),
        u.language
    ) AS message,
    v.dose_id
FROM batch_verdict AS v
INNER JOIN intake.upload AS u ON v.upload_id = u.upload_id
LEFT JOIN batch_issue AS i ON v.seq = i.seq
LEFT JOIN reference.rule AS r ON i.rule = r.code
LEFT JOIN (
    VALUES
    ('updated', 'vi', 'Đã cập nhật bản ghi đã nạp trước đó.'),
    ('updated', 'en', 'The record loaded before was updated.'),
    ('voided', 'vi', 'Đã hủy bản ghi đã nạp trước đó.'),
    ('voided', 'en', 'The record loaded before was voided.')
) AS t (outcome, language, message) ON v.outcome = t.outcome AND u.language = t.language
WHERE i.seq IS NOT NULL OR v.outcome <> 'loaded'
ORDER BY v.seq, CASE r.severity WHEN 'critical' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, r.code
