-- What a dispatch says of its case's past: when the unit was told, as far as it got the mails, and its last answer.
SELECT
    concerned.case_id,
    parent.name AS parent_name,
    told.reminded_on,
    told.urged_on,
    reply.code AS reply_code,
    reply.received_on AS replied_on
FROM outreach."case" AS concerned
INNER JOIN reference.unit ON concerned.unit_code = unit.unit_code
LEFT JOIN reference.unit AS parent ON unit.parent_unit_code = parent.unit_code
LEFT JOIN
    LATERAL (
        SELECT
            min(message.as_of) AS reminded_on,
            min(message.as_of) FILTER (WHERE message.kind = 'urgent') AS urged_on
        FROM outreach.message AS message
        WHERE
            message.case_id = concerned.case_id
            AND message.kind IN ('shortfall', 'urgent')
            AND message.status = 'sent'
            AND (:redirected OR message.delivered_to = message.recipient)
    ) AS told
    ON true
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
WHERE concerned.case_id = ANY(CAST(:case_ids AS bigint[]))
