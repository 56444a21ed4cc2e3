-- How many mails of one kind, or of any, wait: to be sent, to be sent again, of these after the
-- server refused them, or for a server that could not be reached and longer than until now; for a person to decide.
SELECT
    count(*) FILTER (WHERE status = 'queued') AS waiting,
    count(*) FILTER (WHERE status = 'failed' AND next_attempt_at IS NOT NULL) AS retrying,
    count(*) FILTER (WHERE status = 'failed' AND next_attempt_at IS NOT NULL AND failure = 'refused') AS refused,
    count(*) FILTER (WHERE status = 'failed' AND next_attempt_at > now() AND failure = 'unreachable') AS for_server,
    count(*) FILTER (WHERE status = 'unknown') AS undecided
FROM outreach.message
WHERE status IN ('queued', 'failed', 'unknown') AND (CAST(:kind AS text) IS NULL OR kind = :kind)
