-- Row 0: remarks on the file itself; a repeated file names the first.
INSERT INTO intake.row_issue (upload_id, row_number, rule, severity, message)
SELECT
    u.upload_id,
    0 AS row_number,
    f.rule,
    f.severity,
    f.message
FROM intake.upload AS u
CROSS JOIN LATERAL jsonb_to_recordset(u.file_issues) AS f (rule text, severity text, message text)
WHERE u.upload_id = ANY(:upload_ids)
UNION ALL
SELECT
    u.upload_id,
    0 AS row_number,
    NULL AS rule,
    'info' AS severity,
    CASE
        WHEN u.language = 'vi'
            THEN
                format(
                    'Tệp này giống hệt tệp %s (lượt %s, nhận ngày %s); không nạp lại.',
                    f.file_name, f.upload_id, to_char(f.received_on, 'DD/MM/YYYY')
                )
        ELSE
            format(
                'The same file as %s (upload %s, received on %s); it was not loaded again.',
                f.file_name, f.upload_id, to_char(f.received_on, 'DD/MM/YYYY')
            )
    END AS message
FROM intake.upload AS u
INNER JOIN intake.upload AS f ON u.repeats_upload_id = f.upload_id
WHERE u.upload_id = ANY(:upload_ids)
