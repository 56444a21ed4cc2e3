-- What units answered and is in force on a day, the last word on each day, the longest pause first.
SELECT
    last.unit_code,
    unit.name,
    last.code,
    last.given_on,
    last.received_on,
    last.pause_until
FROM (
    SELECT DISTINCT ON (reply.unit_code, reply.given_on)
        reply.unit_code,
        reply.code,
        reply.given_on,
        reply.received_on,
        reply.pause_until
    FROM outreach.reply AS reply
    WHERE reply.received_on <= CAST(:as_of AS date) AND reply.pause_until >= CAST(:as_of AS date)
    ORDER BY reply.unit_code, reply.given_on, reply.reply_id DESC
) AS last
INNER JOIN reference.unit ON last.unit_code = unit.unit_code
ORDER BY last.pause_until DESC, unit.name, last.given_on
