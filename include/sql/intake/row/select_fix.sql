-- The rows of an upload that wait for the unit or for a review: the cells as sent (joined by U+001F), the name by which
-- a corrected row refers to this one, the reasons, the gravest first, and the fields that are at fault.
SELECT
    r.row_number,
    r.sheet,
    r.outcome,
    array_to_string(
        ARRAY(
            SELECT c.cell FROM jsonb_array_elements_text(r.original) WITH ORDINALITY AS c (cell, place) ORDER BY c.place
        ),
        E'\x1f', ''
    ) AS original,
    format('V%s-%s', r.upload_id, r.row_number) AS ref,
    coalesce(i.reasons, '') AS reasons,
    coalesce(i.faulty, '{}') AS faulty
FROM intake.row AS r
LEFT JOIN (
    SELECT
        m.row_number,
        string_agg(m.message, ' ' ORDER BY m.place) AS reasons,
        array_agg(DISTINCT m.column_name) FILTER (WHERE m.column_name IS NOT NULL) AS faulty
    FROM (
        SELECT
            i.row_number,
            i.message,
            min(i.column_name) FILTER (WHERE i.severity = 'critical') AS column_name,
            min(i.row_issue_id) AS place
        FROM intake.row_issue AS i
        WHERE i.upload_id = :upload_id AND i.severity IS DISTINCT FROM 'info'
        GROUP BY i.row_number, i.message
    ) AS m
    GROUP BY m.row_number
) AS i ON r.row_number = i.row_number
WHERE r.upload_id = :upload_id AND r.closed_at IS NULL AND r.outcome IN ('rejected', 'held')
ORDER BY r.row_number
