-- The server cannot be reached: every mail that this run would still have sent has failed with it, and waits as long.
UPDATE outreach.message
SET
    status = 'failed',
    attempts = attempts + 1,
    first_attempted_at = coalesce(first_attempted_at, now()),
    attempted_at = now(),
    next_attempt_at = outreach.next_attempt(
        'unreachable', attempts + 1, coalesce(first_attempted_at, now()),
        :retry_seconds, :retry_max_seconds, :max_attempts, :give_up_days
    ),
    failure = 'unreachable',
    last_error = :last_error
WHERE
    (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (
        status = 'queued'
        OR (
            status = 'failed'
            AND attempted_at < :run_started_at
            AND (
                next_attempt_at <= now()
                OR (:server_answers AND failure = 'unreachable' AND next_attempt_at IS NOT NULL)
            )
        )
    )
RETURNING next_attempt_at IS NULL AS given_up
