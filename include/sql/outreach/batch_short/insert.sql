-- The short days, which come as four arrays, each with the answer in force. An answer for no day in particular covers
-- what was due, by the grace of the unit's type, when it came: a day that falls due later is news.
INSERT INTO batch_short (unit_code, given_on, missing, answered_until)
SELECT
    short.unit_code,
    short.given_on,
    short.missing,
    max(reply.pause_until) AS answered_until
FROM
    unnest(
        CAST(:unit_codes AS text[]), CAST(:days AS date[]), CAST(:missing AS bigint[]), CAST(:grace_days AS integer[])
    ) AS short (unit_code, given_on, missing, grace_days)
LEFT JOIN outreach.reply AS reply
    ON
        short.unit_code = reply.unit_code
        AND reply.received_on <= CAST(:as_of AS date)
        AND reply.pause_until >= CAST(:as_of AS date)
        AND (
            short.given_on = reply.given_on
            OR (reply.given_on IS NULL AND short.given_on + short.grace_days < reply.received_on)
        )
GROUP BY short.unit_code, short.given_on, short.missing
