-- Take over the units of a list: new ones are added, known ones brought to what the list says.
-- Parameter: units, a JSON array of units; received_on, the day of the list.
INSERT INTO reference.unit AS known (
    unit_code, name, unit_type, district_code, parent_unit_code, language,
    data_officer_name, data_officer_email, head_name, head_email, opened_on, closed_on, listed_on
)
SELECT
    unit_code,
    name,
    unit_type,
    district_code,
    parent_unit_code,
    language,
    data_officer_name,
    data_officer_email,
    head_name,
    head_email,
    opened_on,
    closed_on,
    CAST(:received_on AS date)
FROM jsonb_populate_recordset(CAST(NULL AS reference.unit), CAST(:units AS jsonb))
ON CONFLICT (unit_code) DO UPDATE SET
    name = excluded.name,
    unit_type = excluded.unit_type,
    district_code = excluded.district_code,
    parent_unit_code = excluded.parent_unit_code,
    language = excluded.language,
    data_officer_name = excluded.data_officer_name,
    data_officer_email = excluded.data_officer_email,
    head_name = excluded.head_name,
    head_email = excluded.head_email,
    opened_on = excluded.opened_on,
    closed_on = excluded.closed_on,
    listed_on = excluded.listed_on
