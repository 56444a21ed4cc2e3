-- What became of each file of a city: kind, status, the file's rules, rows.
SELECT
    substr(u.source_path, length(:inbox) + 1) AS file,
    u.kind,
    u.status,
    coalesce((
        SELECT string_agg(DISTINCT i.rule, ';' ORDER BY i.rule)
        FROM intake.row_issue AS i
        WHERE i.upload_id = u.upload_id AND i.row_number = 0
    ), '') AS rules,
    CAST(u.rows_total AS text) AS rows_total
FROM intake.upload AS u
WHERE starts_with(u.source_path, :inbox)
