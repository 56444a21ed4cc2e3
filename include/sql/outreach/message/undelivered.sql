-- Mails of the last days that did not arrive, or of which nobody knows.
SELECT
    unit.name AS unit_name,
    message.recipient,
    message.status,
    message.as_of
FROM outreach.message AS message
LEFT JOIN reference.unit AS unit ON message.unit_code = unit.unit_code
WHERE
    message.status IN ('failed', 'unknown', 'sending')
    AND message.as_of BETWEEN CAST(:as_of AS date) - :days AND CAST(:as_of AS date)
ORDER BY message.as_of DESC, message.message_id
