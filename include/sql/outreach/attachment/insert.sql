-- Keep an attachment with its mail.
INSERT INTO outreach.attachment (message_id, name, media_type, content)
VALUES (:message_id, :name, :media_type, :content)
