-- Each unit with itself and every unit below it. UNION, not UNION ALL: a cycle would end.
WITH RECURSIVE below (top_unit_code, unit_code) AS (
    SELECT
        unit_code AS top_unit_code,
        unit_code
    FROM reference.unit
    UNION
    SELECT
        below.top_unit_code,
        unit.unit_code
    FROM below
    INNER JOIN reference.unit AS unit ON below.unit_code = unit.parent_unit_code
)

SELECT
    top_unit_code,
    array_agg(unit_code) AS unit_codes
FROM below
GROUP BY top_unit_code
