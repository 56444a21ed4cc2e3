-- What became of each row of a city's files: rows with a remark; records that are simply a dose; lines of reports
-- without a remark.
SELECT
    substr(u.source_path, length(:inbox) + 1) AS file,
    CAST(r.row_number AS text) AS row_number,
    r.outcome,
    r.rules
FROM intake.upload AS u
CROSS JOIN
    LATERAL (
        SELECT
            i.row_number,
            max(i.outcome) AS outcome,
            coalesce(string_agg(DISTINCT i.rule, ';' ORDER BY i.rule), '') AS rules
        FROM intake.row_issue AS i
        WHERE i.upload_id = u.upload_id AND i.row_number > 0
        GROUP BY i.row_number
        UNION ALL
        SELECT
            d.row_number,
            'loaded' AS outcome,
            '' AS rules
        FROM registry.dose AS d
        WHERE
            d.upload_id = u.upload_id AND d.source = 'administered'
            AND NOT EXISTS (
                SELECT 1
                FROM intake.row_issue AS i
                WHERE i.upload_id = u.upload_id AND i.row_number = d.row_number
            )
        UNION ALL
        SELECT
            n.row_number,
            'loaded' AS outcome,
            '' AS rules
        FROM generate_series(1, u.rows_total) AS n (row_number)
        WHERE
            u.kind = 'report'
            AND NOT EXISTS (
                SELECT 1
                FROM intake.row_issue AS i
                WHERE i.upload_id = u.upload_id AND i.row_number = n.row_number
            )
    ) AS r
WHERE starts_with(u.source_path, :inbox)
