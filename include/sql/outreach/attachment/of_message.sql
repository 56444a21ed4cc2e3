-- A mail's attachments.
SELECT
    name,
    media_type,
    content
FROM outreach.attachment
WHERE message_id = :message_id
ORDER BY name
