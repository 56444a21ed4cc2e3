-- The mails that a day's run sent, by unit (null: to the Department) and kind.
SELECT message.unit_code, message.kind, count(*) AS mails
FROM outreach.message AS message
WHERE message.as_of = CAST(:as_of AS date) AND message.status = 'sent'
GROUP BY message.unit_code, message.kind
ORDER BY message.unit_code, message.kind
