-- The cells of a file's rows that are to be judged again, as the unit sent them: some at a time, in their order.
SELECT
    r.row_number,
    r.sheet,
    r.line,
    array_to_string(ARRAY(SELECT c.cell FROM jsonb_array_elements_text(r.original) AS c (cell)), E'\x1f') AS original,
    CAST(r.canonical ->> 'cells_found' AS integer) AS cells_found,
    CAST(r.canonical ->> 'cells_expected' AS integer) AS cells_expected
FROM intake.row AS r
WHERE
    r.upload_id = :upload_id AND r.row_number > :after_row
    AND (
        CAST(:is_whole AS boolean)
        OR r.row_number = ANY(CAST(:row_numbers AS integer[]))
        OR (
            r.outcome = 'rejected' AND r.closed_at IS NULL
            AND EXISTS (
                SELECT 1
                FROM intake.row_issue AS i
                WHERE i.upload_id = r.upload_id AND i.row_number = r.row_number AND i.rule = :rule
            )
        )
    )
ORDER BY r.row_number
LIMIT :most_rows
