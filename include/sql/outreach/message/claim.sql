-- Take the oldest mail (of one kind, where it is given) that may go now: queued, or failed before this run began and
-- due for another attempt. What waits for a server that answers again is due.
-- The caller commits before the mail leaves: whatever happens then, it is known to have been under way.
UPDATE outreach.message
SET
    status = 'sending',
    attempts = attempts + 1,
    first_attempted_at = coalesce(first_attempted_at, now()),
    attempted_at = now(),
    next_attempt_at = NULL,
    handed_over_at = NULL,
    run_id = :run_id,
    delivered_to = coalesce(:redirect_to, recipient),
    failure = NULL,
    last_error = NULL
WHERE
    message_id = (
        SELECT waiting.message_id
        FROM outreach.message AS waiting
        WHERE
            (CAST(:kind AS text) IS NULL OR waiting.kind = :kind)
            AND (
                waiting.status = 'queued'
                OR (
                    waiting.status = 'failed'
                    AND waiting.attempted_at < :run_started_at
                    AND (
                        waiting.next_attempt_at <= now()
                        OR (:server_answers AND waiting.failure = 'unreachable' AND waiting.next_attempt_at IS NOT NULL)
                    )
                )
            )
        ORDER BY waiting.message_id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
RETURNING message_id, subject, body_text, body_html, recipient, recipient_name, delivered_to, language
