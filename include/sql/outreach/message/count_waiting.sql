-- How many mails of one kind, or of any, wait to be sent.
SELECT count(*) AS queued
FROM outreach.message
WHERE status = 'queued' AND (CAST(:kind AS text) IS NULL OR kind = :kind)
