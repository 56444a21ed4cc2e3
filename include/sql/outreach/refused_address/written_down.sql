-- The addresses of every unit that is open, as the unit list has them.
SELECT
    unit_code,
    concat_ws(';', data_officer_email, head_email) AS addresses
FROM reference.unit
WHERE
    concat(data_officer_email, head_email) <> ''
    AND (closed_on IS NULL OR closed_on > CAST(:as_of AS date))
