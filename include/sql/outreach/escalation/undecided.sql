-- What the Department is told of level 3 today: what is proposed, and what was not sent because nobody decided in time.
SELECT
    event.event,
    concerned.case_id,
    concerned.unit_code,
    unit.name,
    event.missing,
    proposal.deadline
FROM outreach.case_event AS event
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
WHERE
    event.as_of = CAST(:as_of AS date)
    AND (event.event = 'proposed' OR (event.event = 'lapsed' AND event.detail ->> 'reason' = 'deadline'))
ORDER BY event.event, event.missing DESC, concerned.unit_code
