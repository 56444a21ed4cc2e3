-- Record a person's decision about a mail that failed, is unknown or was dropped; no row where it is in no such state.
INSERT INTO outreach.message_decision (message_id, decision, decided_by, status_before, attempts_before)
SELECT
    message_id,
    :decision AS decision,
    :decided_by AS decided_by,
    status,
    attempts
FROM outreach.message
WHERE message_id = :message_id AND status IN ('failed', 'unknown', 'dropped')
FOR UPDATE
RETURNING message_id
