-- The units whose records the senders of a batch's corrections may change.
INSERT INTO batch_own_unit (sender_unit_code, unit_code, level)
WITH RECURSIVE below AS (
    SELECT DISTINCT
        b.sender_unit_code,
        b.sender_unit_code AS unit_code,
        0 AS level
    FROM batch_row AS b
    WHERE b.outcome IS NULL AND b.action IN ('update', 'void')
    UNION ALL
    SELECT
        o.sender_unit_code,
        u.unit_code,
        o.level + 1 AS level
    FROM below AS o
    INNER JOIN reference.unit AS u ON o.unit_code = u.parent_unit_code
    WHERE o.level < 50
)

SELECT
    o.sender_unit_code,
    o.unit_code,
    min(o.level) AS level
FROM below AS o
GROUP BY o.sender_unit_code, o.unit_code
