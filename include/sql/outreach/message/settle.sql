-- Write down what became of a mail that this run had under way, also where another run gave up on it meanwhile: what
-- the server said is the truth. No row where the mail is another's by now.
UPDATE outreach.message
SET
    status = :status,
    failure = :failure,
    last_error = :last_error,
    sent_at = CASE WHEN :status = 'sent' THEN now() END,
    handed_over_at = CASE WHEN :status IN ('sent', 'unknown') THEN coalesce(handed_over_at, now()) END,
    next_attempt_at = CASE
        WHEN :status = 'failed'
            THEN outreach.next_attempt(
                :failure, attempts, first_attempted_at,
                :retry_seconds, :retry_max_seconds, :max_attempts, :give_up_days
            )
    END
WHERE message_id = :message_id AND run_id = :run_id AND status IN ('sending', 'unknown')
RETURNING recipient, delivered_to, unit_code, status = 'failed' AND next_attempt_at IS NULL AS given_up
