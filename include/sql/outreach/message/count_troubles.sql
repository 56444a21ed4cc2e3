-- Mails that failed and are tried again, that were given up in the last days, and whose delivery nobody knows.
SELECT
    count(*) FILTER (WHERE status = 'failed' AND next_attempt_at IS NOT NULL) AS retrying,
    count(*) FILTER (
        WHERE status = 'failed' AND next_attempt_at IS NULL AND attempted_at > now() - make_interval(days => :days)
    ) AS given_up,
    count(*) FILTER (WHERE status = 'unknown') AS unknown
FROM outreach.message
WHERE status IN ('failed', 'unknown')
