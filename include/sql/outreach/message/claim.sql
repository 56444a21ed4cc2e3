-- Take the oldest mail (of one kind, where it is given) that may go now: queued, or failed before this run began and
-- not refused too often.
-- The caller commits before the mail leaves: whatever happens then, it is known to have been under way.
UPDATE outreach.message
SET
    status = 'sending',
    attempts = attempts + 1,
    attempted_at = now(),
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
                    AND (waiting.failure = 'unreachable' OR waiting.attempts < :max_attempts)
                )
            )
        ORDER BY waiting.message_id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
RETURNING message_id, subject, body_text, body_html, recipient, recipient_name, delivered_to, language
