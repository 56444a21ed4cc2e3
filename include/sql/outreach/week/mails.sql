-- The mails written for the last days, by what became of them and why.
SELECT
    message.status,
    message.failure,
    count(*) AS mails,
    count(DISTINCT lower(message.recipient)) AS recipients
FROM outreach.message AS message
WHERE
    message.as_of > CAST(:as_of AS date) - CAST(:days AS integer)
    AND message.as_of <= CAST(:as_of AS date)
    AND message.status <> 'superseded'
GROUP BY message.status, message.failure
ORDER BY message.status, message.failure
