-- Retire the shortfall and urgent mails that never left and are not true any more: those of a unit or recipient that is
-- not in shortfall, or not written to (those that still are come as two arrays), and those of an earlier day, whose
-- figures and deadline are that day's: they are written anew. What the server refused goes on as it is.
-- Their attachments go: in a long time without sending, a city's would pile up.
WITH retired AS (
    UPDATE outreach.message AS message
    SET status = 'superseded'
    WHERE
        message.kind IN ('shortfall', 'urgent')
        AND message.status IN ('queued', 'failed')
        AND (
            (message.as_of < CAST(:as_of AS date) AND message.failure IS DISTINCT FROM 'refused')
            OR NOT EXISTS (
                SELECT 1
                FROM unnest(CAST(:unit_codes AS text[]), CAST(:recipients AS text[])) AS due (unit_code, recipient)
                WHERE due.unit_code = message.unit_code AND lower(due.recipient) = lower(message.recipient)
            )
        )
    RETURNING message.message_id, message.case_id, message.kind, lower(message.recipient) AS recipient
),

emptied AS (
    DELETE FROM outreach.attachment
    USING retired
    WHERE attachment.message_id = retired.message_id
)

SELECT
    retired.case_id,
    retired.kind,
    retired.recipient
FROM retired
