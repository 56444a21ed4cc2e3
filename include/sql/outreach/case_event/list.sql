-- What happened to a case, in order.
SELECT
    event.as_of,
    event.event,
    event.level,
    event.missing,
    event.detail
FROM outreach.case_event AS event
WHERE event.case_id = :case_id
ORDER BY event.case_event_id
