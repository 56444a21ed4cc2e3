-- Every unit with the district it belongs to today: one that ended counts as its successor. Null: none, or unknown.
SELECT
    unit.unit_code,
    unit.name,
    known.district_code
FROM reference.unit
LEFT JOIN (
    SELECT
        code,
        coalesce(max(successor_code), code) AS district_code
    FROM reference.district
    GROUP BY code
) AS known ON unit.district_code = known.code
ORDER BY unit.unit_code
