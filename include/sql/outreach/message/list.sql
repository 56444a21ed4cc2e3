-- Mails of these statuses, of one unit where it is given, the oldest first; without what they say.
SELECT
    message_id,
    kind,
    level,
    unit_code,
    case_id,
    upload_id,
    as_of,
    subject,
    recipient,
    delivered_to,
    status,
    failure,
    last_error,
    attempts,
    attempted_at,
    next_attempt_at,
    sent_at
FROM outreach.message
WHERE
    status = ANY(CAST(:statuses AS text[]))
    AND (CAST(:unit_code AS text) IS NULL OR unit_code = :unit_code)
ORDER BY message_id
