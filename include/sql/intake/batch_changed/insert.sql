-- What came out otherwise, by the lines of the answer as they were and as they are now (those after :last_line).
INSERT INTO batch_changed (upload_id, row_number, outcome_before, outcome)
SELECT
    v.upload_id,
    v.row_number,
    k.outcome AS outcome_before,
    v.outcome
FROM batch_verdict AS v
INNER JOIN intake.row AS k ON v.upload_id = k.upload_id AND v.row_number = k.row_number
LEFT JOIN (
    SELECT
        i.upload_id,
        i.row_number,
        array_agg(l.said ORDER BY l.said) FILTER (WHERE i.row_issue_id <= :last_line) AS said_before,
        array_agg(l.said ORDER BY l.said) FILTER (WHERE i.row_issue_id > :last_line) AS says_now
    FROM intake.row_issue AS i
    INNER JOIN batch_verdict AS b ON i.upload_id = b.upload_id AND i.row_number = b.row_number
    CROSS JOIN
        LATERAL (
            SELECT CAST(ROW(i.outcome, i.rule, i.severity, i.column_name, i.value, i.message) AS text) AS said
        ) AS l
    GROUP BY i.upload_id, i.row_number
) AS s ON v.upload_id = s.upload_id AND v.row_number = s.row_number
WHERE v.outcome <> k.outcome OR s.says_now IS DISTINCT FROM s.said_before
