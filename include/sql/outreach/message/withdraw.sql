-- Retire the shortfall and urgent mails that never left and whose unit or recipient is not in shortfall, or not written
-- to, any more. Those that still are come as two arrays of unit and recipient.
UPDATE outreach.message AS message
SET status = 'superseded'
WHERE
    message.kind IN ('shortfall', 'urgent')
    AND message.status IN ('queued', 'failed')
    AND NOT EXISTS (
        SELECT 1
        FROM unnest(CAST(:unit_codes AS text[]), CAST(:recipients AS text[])) AS due (unit_code, recipient)
        WHERE due.unit_code = message.unit_code AND lower(due.recipient) = lower(message.recipient)
    )
