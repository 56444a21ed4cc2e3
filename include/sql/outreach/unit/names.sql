-- Every unit's name.
SELECT
    unit_code,
    name
FROM reference.unit
