-- Open units whose data officer has no address.
SELECT
    unit.unit_code,
    unit.name,
    unit.unit_type,
    unit.district_code,
    unit.parent_unit_code,
    unit.language,
    unit.data_officer_name,
    unit.data_officer_email,
    unit.head_name,
    unit.head_email,
    unit.opened_on,
    unit.closed_on
FROM reference.unit
WHERE
    coalesce(unit.opened_on, '-infinity') <= CAST(:as_of AS date)
    AND coalesce(unit.closed_on, 'infinity') > CAST(:as_of AS date)
    AND coalesce(btrim(unit.data_officer_email), '') = ''
ORDER BY unit.unit_code
