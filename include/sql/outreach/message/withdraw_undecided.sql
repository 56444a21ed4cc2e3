-- Retire what the Department was to be told of level 3 on earlier days and that never left for anybody: today's mail
-- says what of it is still so. Returns the first of these days, if any.
WITH retired AS (
    UPDATE outreach.message AS message
    SET status = 'superseded'
    WHERE
        message.kind = 'alert'
        AND message.level = 3
        AND message.as_of < CAST(:as_of AS date)
        AND message.status IN ('queued', 'failed')
        AND message.failure IS DISTINCT FROM 'refused'
        AND NOT EXISTS (
            SELECT FROM outreach.message AS told
            WHERE
                told.kind = 'alert'
                AND told.level = 3
                AND told.as_of = message.as_of
                AND told.status IN ('sending', 'sent', 'unknown')
        )
    RETURNING message.as_of
)

SELECT min(retired.as_of) AS as_of
FROM retired
