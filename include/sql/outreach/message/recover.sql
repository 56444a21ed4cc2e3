-- Mails under way whose run has ended (nobody holds the lock of its number) or that were claimed too long ago. Where
-- the server was given no text, the mail cannot have arrived and is tried again; otherwise nobody knows.
UPDATE outreach.message AS message
SET
    status = CASE WHEN message.handed_over_at IS NULL THEN 'failed' ELSE 'unknown' END,
    failure = CASE WHEN message.handed_over_at IS NULL THEN 'interrupted' ELSE 'lost' END,
    last_error = CASE
        WHEN message.handed_over_at IS NULL
            THEN 'The process that was sending this mail ended before the server was given it.'
        ELSE 'The process that was sending this mail ended before the server''s answer was written down.'
    END,
    next_attempt_at = CASE
        WHEN message.handed_over_at IS NULL
            THEN outreach.next_attempt(
                'interrupted', message.attempts, message.first_attempted_at,
                :retry_seconds, :retry_max_seconds, :max_attempts, :give_up_days
            )
    END
WHERE
    message.status = 'sending'
    AND (
        message.attempted_at < now() - make_interval(secs => :lost_after_seconds)
        OR NOT EXISTS (
            SELECT FROM pg_locks AS held
            WHERE
                held.locktype = 'advisory'
                AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND held.classid = CAST(:run_lock AS oid)
                AND held.objid = CAST(message.run_id AS oid)
                AND held.objsubid = 2
                AND held.granted
        )
    )
RETURNING
    message.message_id,
    message.kind,
    message.status,
    message.status = 'failed' AND message.next_attempt_at IS NULL AS given_up
