-- The point of no return: the server is ready for the mail's text, and from here on it may arrive. No row where the
-- mail is not this run's any more: then it must not be sent.
UPDATE outreach.message
SET handed_over_at = clock_timestamp()
WHERE message_id = :message_id AND status = 'sending' AND run_id = :run_id AND handed_over_at IS NULL
RETURNING message_id
