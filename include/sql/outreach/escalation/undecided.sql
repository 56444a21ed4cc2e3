-- What the Department is told of level 3 today, of what happened since :since: what is proposed and still waits, and
-- what was not sent because nobody decided in time; of a case that lapsed more than once, the last time.
SELECT
    event.event,
    concerned.case_id,
    concerned.unit_code,
    unit.name,
    event.missing,
    proposal.deadline
FROM (
    SELECT DISTINCT ON (happened.case_id, happened.event)
        happened.case_id,
        happened.event,
        happened.as_of,
        happened.missing
    FROM outreach.case_event AS happened
    WHERE
        happened.as_of BETWEEN CAST(:since AS date) AND CAST(:as_of AS date)
        AND (happened.event = 'proposed' OR (happened.event = 'lapsed' AND happened.detail ->> 'reason' = 'deadline'))
    ORDER BY happened.case_id, happened.event, happened.case_event_id DESC
) AS event
INNER JOIN outreach."case" AS concerned ON event.case_id = concerned.case_id
INNER JOIN reference.unit ON concerned.unit_code = unit.unit_code
INNER JOIN
    LATERAL (
        SELECT escalation.deadline
        FROM outreach.escalation AS escalation
        WHERE
            escalation.case_id = event.case_id
            AND escalation.status = CASE event.event WHEN 'lapsed' THEN 'lapsed' ELSE 'proposed' END
        ORDER BY escalation.proposed_on DESC
        LIMIT 1
    ) AS proposal
    ON true
ORDER BY event.event, event.missing DESC, concerned.unit_code
