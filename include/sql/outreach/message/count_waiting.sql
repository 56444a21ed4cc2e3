-- How many mails wait to be sent.
SELECT count(*) AS queued
FROM outreach.message
WHERE status = 'queued'
