-- The server cannot be reached: every mail that this run would still have sent has failed with it.
UPDATE outreach.message
SET
    status = 'failed',
    attempts = attempts + 1,
    attempted_at = now(),
    failure = 'unreachable',
    last_error = :last_error
WHERE
    (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (
        status = 'queued'
        OR (
            status = 'failed'
            AND attempted_at < :run_started_at
            AND (failure = 'unreachable' OR attempts < :max_attempts)
        )
    )
