-- What units answered in the last days, by code: how many replies, of how many units.
SELECT
    reply.code,
    count(*) AS replies,
    count(DISTINCT reply.unit_code) AS units
FROM outreach.reply AS reply
WHERE reply.received_on > CAST(:as_of AS date) - CAST(:days AS integer) AND reply.received_on <= CAST(:as_of AS date)
GROUP BY reply.code
ORDER BY count(*) DESC, reply.code
