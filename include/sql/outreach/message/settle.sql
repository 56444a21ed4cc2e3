-- Write down what became of a mail that was under way.
UPDATE outreach.message
SET
    status = :status,
    failure = :failure,
    last_error = :last_error,
    sent_at = CASE WHEN :status = 'sent' THEN now() END
WHERE message_id = :message_id AND status = 'sending'
