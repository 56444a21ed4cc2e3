-- Cases, the open ones (or all), the highest level first; each with what last happened and what
-- the unit last answered.
SELECT
    concerned.case_id,
    concerned.unit_code,
    unit.name,
    concerned.level,
    concerned.state,
    concerned.opened_on,
    concerned.level_on,
    concerned.paused_until,
    concerned.closed_on,
    last.event,
    last.as_of AS event_on,
    last.missing,
    reply.code AS reply_code,
    reply.received_on AS replied_on
FROM outreach."case" AS concerned
INNER JOIN reference.unit ON concerned.unit_code = unit.unit_code
CROSS JOIN
    LATERAL (
        SELECT
            event.event,
            event.as_of,
            event.missing
        FROM outreach.case_event AS event
        WHERE event.case_id = concerned.case_id
        ORDER BY event.case_event_id DESC
        LIMIT 1
    ) AS last
LEFT JOIN
    LATERAL (
        SELECT
            answer.code,
            answer.received_on
        FROM outreach.reply AS answer
        WHERE answer.case_id = concerned.case_id
        ORDER BY answer.reply_id DESC
        LIMIT 1
    ) AS reply
    ON true
WHERE
    (:with_closed OR concerned.state <> 'closed')
    AND (CAST(:unit_code AS text) IS NULL OR concerned.unit_code = :unit_code)
ORDER BY concerned.state = 'closed', concerned.level DESC, last.missing DESC, concerned.case_id DESC
