-- The units of these codes, as the tally's readings name them.
SELECT
    unit.unit_code,
    unit.name,
    unit.unit_type,
    unit.district_code,
    unit.parent_unit_code,
    unit.language,
    nullif(unit.data_officer_name, '') AS data_officer_name,
    nullif(unit.data_officer_email, '') AS data_officer_email,
    nullif(unit.head_name, '') AS head_name,
    nullif(unit.head_email, '') AS head_email,
    unit.opened_on,
    unit.closed_on
FROM reference.unit
WHERE unit.unit_code = ANY(CAST(:unit_codes AS text[]))
