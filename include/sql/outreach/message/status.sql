-- How a mail stands.
SELECT status
FROM outreach.message
WHERE message_id = :message_id
