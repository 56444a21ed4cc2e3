-- The cases that were open at the end of a day, by level and whether a reply kept them quiet; each by its last event.
WITH last AS (
    SELECT DISTINCT ON (event.case_id)
        event.case_id,
        event.event,
        event.level,
        event.missing
    FROM outreach.case_event AS event
    WHERE event.as_of <= CAST(:as_of AS date)
    ORDER BY event.case_id, event.case_event_id DESC
)

SELECT
    last.level,
    count(*) AS cases,
    count(*) FILTER (WHERE last.event = 'paused') AS paused,
    count(*) FILTER (
        WHERE EXISTS (
            SELECT FROM outreach.escalation AS proposal
            WHERE
                proposal.case_id = last.case_id
                AND proposal.proposed_on <= CAST(:as_of AS date)
                AND proposal.deadline >= CAST(:as_of AS date)
                AND last.event = 'proposed'
        )
    ) AS proposed,
    sum(last.missing) AS missing
FROM last
WHERE last.event <> 'closed'
GROUP BY last.level
ORDER BY last.level
