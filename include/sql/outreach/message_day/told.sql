-- The days each recipient has been told of, or will be by a mail on its way. A mail that was redirected told its
-- recipient nothing, unless mails are redirected still; nor did one that was given up unrefused, which nobody got.
SELECT DISTINCT
    message.unit_code,
    lower(message.recipient) AS recipient,
    told.given_on
FROM outreach.message_day AS told
INNER JOIN outreach.message AS message ON told.message_id = message.message_id
WHERE
    message.kind IN ('shortfall', 'urgent')
    AND message.status <> 'superseded'
    AND NOT (message.status = 'failed' AND message.next_attempt_at IS NULL AND message.failure <> 'refused')
    AND told.closed_on IS NULL
    AND (
        :redirected
        OR message.delivered_to IS NULL
        OR message.delivered_to = message.recipient
        OR message.status IN ('queued', 'failed')
    )
