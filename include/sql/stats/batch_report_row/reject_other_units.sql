-- In its own folder a unit reports on itself and on the units below it, as in its uploads; a line on any other unit
-- is rejected. Lines of the Department's files (no sender) may be about every unit.
WITH RECURSIVE asked AS (
    SELECT DISTINCT line.sender_unit_code, line.unit_code
    FROM batch_report_row AS line
    WHERE line.outcome IS NULL AND line.sender_unit_code <> line.unit_code
),

-- UNION, not UNION ALL: it ends also where the parents run in a circle
above AS (
    SELECT asked.sender_unit_code, asked.unit_code, asked.unit_code AS ancestor_unit_code
    FROM asked
    UNION
    SELECT above.sender_unit_code, above.unit_code, unit.parent_unit_code
    FROM above
    INNER JOIN reference.unit ON above.ancestor_unit_code = unit.unit_code
    WHERE unit.parent_unit_code IS NOT NULL
),

rejected AS (
    UPDATE batch_report_row AS line
    SET outcome = 'rejected'
    WHERE
        line.outcome IS NULL
        AND line.sender_unit_code <> line.unit_code
        AND NOT EXISTS (
            SELECT FROM above
            WHERE
                above.sender_unit_code = line.sender_unit_code
                AND above.unit_code = line.unit_code
                AND above.ancestor_unit_code = line.sender_unit_code
        )
    RETURNING line.seq, line.unit_code_text
)

INSERT INTO batch_issue (seq, rule, column_name, value, message_values)
SELECT
    rejected.seq,
    'unit.mismatch',
    'unit_code',
    rejected.unit_code_text,
    jsonb_build_object('value', rejected.unit_code_text)
FROM rejected
