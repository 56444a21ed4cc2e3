-- The addresses that the Department was not told of yet, and that somebody still has: from now on it was.
WITH told AS (
    UPDATE outreach.refused_address AS known
    SET reported_on = :as_of
    WHERE
        known.reported_on IS NULL
        AND (
            known.unit_code IS NULL
            OR known.address IN (
                SELECT lower(btrim(listed.address))
                FROM
                    reference.unit AS unit,
                    string_to_table(concat_ws(';', unit.data_officer_email, unit.head_email), ';') AS listed (address)
                WHERE unit.unit_code = known.unit_code
            )
        )
    RETURNING known.address, known.unit_code, known.reason, known.reply
)

SELECT
    told.address,
    told.unit_code,
    unit.name AS unit_name,
    told.reason,
    told.reply
FROM told
LEFT JOIN reference.unit AS unit ON told.unit_code = unit.unit_code
ORDER BY told.unit_code NULLS FIRST, told.address
