-- Replies of the last days, the newest first, for the Department.
SELECT
    reply.unit_code,
    unit.name,
    reply.case_id,
    reply.code,
    reply.given_on,
    reply.received_on,
    reply.pause_until,
    reply.source
FROM outreach.reply AS reply
INNER JOIN reference.unit ON reply.unit_code = unit.unit_code
WHERE reply.received_on BETWEEN CAST(:as_of AS date) - CAST(:days AS integer) + 1 AND CAST(:as_of AS date)
ORDER BY reply.received_on DESC, reply.reply_id DESC
