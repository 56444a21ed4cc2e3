-- The remarks that go with an outcome. A held row's never says whom or what it met.
INSERT INTO batch_issue (seq, rule, column_name, value, message_values)
SELECT
    e.seq,
    'record.duplicate_in_file' AS rule,
    NULL AS column_name,
    NULL AS value,
    jsonb_build_object('row_number', f.row_number) AS message_values
FROM batch_entry AS e
INNER JOIN batch_entry AS f ON e.first_seq = f.seq
WHERE e.pass = :pass AND e.seq <> f.seq AND e.rule IS DISTINCT FROM 'record.stale'
UNION ALL
SELECT
    e.seq,
    e.rule,
    r.column_name,
    NULL AS value,
    CASE
        WHEN e.rule = 'record.duplicate'
            THEN jsonb_build_object('file_name', u.file_name, 'row_number', d.row_number)
    END AS message_values
FROM batch_entry AS e
INNER JOIN reference.rule AS r ON e.rule = r.code
LEFT JOIN registry.dose AS d ON e.own_dose_id = d.dose_id
LEFT JOIN intake.upload AS u ON d.upload_id = u.upload_id
WHERE e.pass = :pass
UNION ALL
SELECT
    e.seq,
    r.code AS rule,
    r.column_name,
    b.record_id AS value,
    NULL AS message_values
FROM batch_entry AS e
INNER JOIN batch_row AS b ON e.seq = b.seq
INNER JOIN reference.rule AS r ON r.code = 'record.record_id_reused'
WHERE e.pass = :pass AND e.reuses_record_id AND e.outcome IN ('loaded', 'updated', 'held')
