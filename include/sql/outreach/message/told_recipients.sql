-- Who was written to about these cases and got it, as far as is known. A mail that was redirected told its recipient
-- nothing, unless mails are redirected still.
SELECT
    message.case_id,
    min(message.recipient) AS recipient,
    max(message.recipient_name) AS recipient_name
FROM outreach.message AS message
WHERE
    message.case_id = ANY(CAST(:case_ids AS bigint[]))
    AND message.kind IN ('shortfall', 'urgent')
    AND message.status IN ('sending', 'sent', 'unknown')
    AND (:redirected OR message.delivered_to = message.recipient)
GROUP BY message.case_id, lower(message.recipient)
ORDER BY message.case_id, lower(message.recipient)
