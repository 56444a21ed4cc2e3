-- Days that were told and are short no longer. The pairs (unit, day) that are still short come as two arrays.
UPDATE outreach.message_day AS told
SET closed_on = :as_of
FROM outreach.message AS message
WHERE
    message.message_id = told.message_id
    AND message.kind IN ('shortfall', 'urgent')
    AND told.closed_on IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM unnest(CAST(:unit_codes AS text[]), CAST(:days AS date[])) AS short (unit_code, given_on)
        WHERE short.unit_code = message.unit_code AND short.given_on = told.given_on
    )
