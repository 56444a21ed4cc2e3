-- What happened to cases in the days after one and up to another: how many times, by event.
SELECT
    event.event,
    count(*) AS times
FROM outreach.case_event AS event
WHERE event.as_of > CAST(:as_of AS date) - CAST(:days AS integer) AND event.as_of <= CAST(:as_of AS date)
GROUP BY event.event
ORDER BY event.event
