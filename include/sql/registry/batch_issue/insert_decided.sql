-- The remarks that go with an outcome. A held row's never says whom or what it met.
INSERT INTO batch_issue (seq, rule, column_name, message_values)
SELECT
    e.seq,
    'record.duplicate_in_file' AS rule,
    NULL AS column_name,
    jsonb_build_object('row_number', f.row_number) AS message_values
FROM batch_entry AS e
INNER JOIN batch_entry AS f ON e.first_seq = f.seq
WHERE e.seq <> f.seq AND e.rule IS DISTINCT FROM 'record.stale'
UNION ALL
SELECT
    e.seq,
    e.rule,
    r.column_name,
    CASE
        WHEN e.rule = 'record.duplicate'
            THEN jsonb_build_object('file_name', u.file_name, 'row_number', d.row_number)
    END AS message_values
FROM batch_entry AS e
INNER JOIN reference.rule AS r ON e.rule = r.code
LEFT JOIN registry.dose AS d ON e.own_dose_id = d.dose_id
LEFT JOIN intake.upload AS u ON d.upload_id = u.upload_id
