-- What was asked of these cases' units before a day, as far as they got it: each day's mails as one, with the doses
-- that were missing then. A mail that was redirected asked nothing, unless mails are redirected still.
SELECT
    message.case_id,
    message.as_of,
    message.kind,
    max(told.missing) AS missing
FROM outreach.message AS message
INNER JOIN (
    SELECT
        day.message_id,
        sum(day.missing) AS missing
    FROM outreach.message_day AS day
    GROUP BY day.message_id
) AS told ON message.message_id = told.message_id
WHERE
    message.case_id = ANY(CAST(:case_ids AS bigint[]))
    AND message.as_of < CAST(:as_of AS date)
    AND message.kind IN ('shortfall', 'urgent')
    AND message.status IN ('sending', 'sent', 'unknown')
    AND (:redirected OR message.delivered_to = message.recipient)
GROUP BY message.case_id, message.as_of, message.kind
ORDER BY message.case_id, message.as_of
