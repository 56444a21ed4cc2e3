-- Whoever was told nothing is not urged. A case whose mails went to a trial address alone begins anew (level 0); the
-- clock of one whose last step still waits in the queue, or for the server, has not started.
WITH told AS (
    SELECT
        message.case_id,
        bool_or(
            :redirected
            OR message.delivered_to IS NULL
            OR message.delivered_to = message.recipient
            OR message.status IN ('queued', 'failed')
        ) AS meant,
        bool_or(
            message.status IN ('sending', 'sent', 'unknown', 'dropped')
            OR (message.status = 'failed' AND message.failure = 'refused')
        ) FILTER (WHERE message.level = least(open.level, 2)) AS gone,
        bool_or(message.level = least(open.level, 2)) AS written
    FROM outreach.message AS message
    INNER JOIN outreach."case" AS open ON message.case_id = open.case_id
    WHERE
        open.state <> 'closed'
        AND open.level > 0
        AND message.kind IN ('shortfall', 'urgent')
        AND message.status <> 'superseded'
    GROUP BY message.case_id
)

UPDATE outreach."case" AS open
SET
    level = CASE WHEN told.meant THEN open.level ELSE 0 END,
    clock_on = NULL
FROM told
WHERE told.case_id = open.case_id AND (NOT told.meant OR (told.written AND NOT told.gone))
