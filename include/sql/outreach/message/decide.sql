-- A person's decision, as it was just recorded: what is to be sent again is queued, with its attempts before it.
UPDATE outreach.message
SET
    status = CASE :decision WHEN 'resend' THEN 'queued' WHEN 'sent' THEN 'sent' ELSE 'dropped' END,
    sent_at = CASE WHEN :decision = 'sent' THEN coalesce(attempted_at, now()) END,
    handed_over_at = CASE WHEN :decision = 'sent' THEN coalesce(handed_over_at, attempted_at, now()) END,
    attempts = CASE WHEN :decision = 'resend' THEN 0 ELSE attempts END,
    first_attempted_at = CASE WHEN :decision <> 'resend' THEN first_attempted_at END,
    run_id = NULL,
    next_attempt_at = NULL
WHERE message_id = :message_id
