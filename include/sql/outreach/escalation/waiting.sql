-- What waits for a decision: the gap as it was proposed, what the unit answered last, and why it may not have been
-- told.
SELECT
    proposal.case_id,
    concerned.unit_code,
    unit.name,
    proposal.proposed_on,
    proposal.deadline,
    concerned.opened_on,
    proposed.missing,
    CAST(proposed.detail ->> 'days' AS integer) AS days,
    CAST(proposed.detail ->> 'first_day' AS date) AS first_day,
    reply.code AS reply_code,
    reply.received_on AS replied_on,
    ARRAY(
        SELECT DISTINCT problem.problem
        FROM (
            SELECT 'no_address' AS problem
            FROM outreach.case_event AS event
            WHERE event.case_id = proposal.case_id AND event.detail ? 'no_address'
            UNION ALL
            SELECT
                CASE
                    WHEN message.failure IN ('refused', 'unreachable') THEN message.failure
                    ELSE 'unknown'
                END AS problem
            FROM outreach.message AS message
            WHERE
                message.case_id = proposal.case_id
                AND message.kind IN ('shortfall', 'urgent')
                AND message.status IN ('failed', 'unknown')
        ) AS problem
        ORDER BY problem.problem
    ) AS contact_problems
FROM outreach.escalation AS proposal
INNER JOIN outreach."case" AS concerned ON proposal.case_id = concerned.case_id
INNER JOIN reference.unit ON concerned.unit_code = unit.unit_code
INNER JOIN outreach.case_event AS proposed
    ON
        proposal.case_id = proposed.case_id
        AND proposal.proposed_on = proposed.as_of
        AND proposed.event = 'proposed'
LEFT JOIN
    LATERAL (
        SELECT
            answer.code,
            answer.received_on
        FROM outreach.reply AS answer
        WHERE answer.case_id = proposal.case_id
        ORDER BY answer.reply_id DESC
        LIMIT 1
    ) AS reply
    ON true
WHERE
    proposal.status = 'proposed'
    AND (CAST(:case_ids AS bigint[]) IS NULL OR proposal.case_id = ANY(CAST(:case_ids AS bigint[])))
ORDER BY proposed.missing DESC, concerned.unit_code
