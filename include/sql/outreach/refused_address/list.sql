-- Addresses that mail cannot reach and that a unit on the list still has; those of the Department are always shown.
SELECT
    known.address,
    known.unit_code,
    unit.name AS unit_name,
    known.reason,
    known.reply,
    known.first_seen_at
FROM outreach.refused_address AS known
LEFT JOIN reference.unit AS unit ON known.unit_code = unit.unit_code
WHERE
    known.unit_code IS NULL
    OR known.address = ANY(
        SELECT lower(btrim(listed.address))
        FROM string_to_table(concat_ws(';', unit.data_officer_email, unit.head_email), ';') AS listed (address)
    )
ORDER BY known.unit_code, known.address
