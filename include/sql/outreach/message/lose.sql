-- A mail still under way long after it was claimed: its process died. Nobody knows whether it left.
UPDATE outreach.message
SET
    status = 'unknown',
    failure = 'lost',
    last_error = 'The process that was sending this mail ended before the server answered.'
WHERE status = 'sending' AND attempted_at < now() - make_interval(secs => :lost_after_seconds)
