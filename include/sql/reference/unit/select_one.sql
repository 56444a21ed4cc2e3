-- A unit with the codes of itself and of every unit below it that is open, its own first.
-- Parameter: unit_code.
WITH RECURSIVE below (unit_code) AS (
    SELECT top.unit_code FROM reference.unit AS top WHERE top.unit_code = :unit_code
    UNION
    SELECT unit.unit_code
    FROM below
    INNER JOIN reference.unit AS unit ON below.unit_code = unit.parent_unit_code
    WHERE unit.closed_on IS NULL
)

SELECT
    unit.unit_code,
    unit.name,
    unit.language,
    (
        SELECT array_agg(below.unit_code ORDER BY below.unit_code <> unit.unit_code, below.unit_code) FROM below
    ) AS unit_codes
FROM reference.unit AS unit
WHERE unit.unit_code = :unit_code
