-- Units that have units below them and are open, with the codes of all those, whatever the depth. A cycle would end.
WITH RECURSIVE below (parent_unit_code, unit_code) AS (
    SELECT
        parent_unit_code,
        unit_code
    FROM reference.unit
    WHERE parent_unit_code IS NOT NULL
    UNION
    SELECT
        below.parent_unit_code,
        unit.unit_code
    FROM below
    INNER JOIN reference.unit AS unit ON below.unit_code = unit.parent_unit_code
)

SELECT
    parent.unit_code,
    parent.name,
    parent.unit_type,
    parent.district_code,
    parent.parent_unit_code,
    parent.language,
    nullif(parent.data_officer_name, '') AS data_officer_name,
    nullif(parent.data_officer_email, '') AS data_officer_email,
    nullif(parent.head_name, '') AS head_name,
    nullif(parent.head_email, '') AS head_email,
    parent.opened_on,
    parent.closed_on,
    array_agg(below.unit_code ORDER BY below.unit_code) AS below
FROM below
INNER JOIN reference.unit AS parent ON below.parent_unit_code = parent.unit_code
WHERE
    below.unit_code <> parent.unit_code
    AND coalesce(parent.closed_on, 'infinity') > CAST(:as_of AS date)
GROUP BY parent.unit_code
ORDER BY parent.unit_code
