-- A case rests while every short day is answered, and goes on as soon as one is not. Its clock then starts afresh.
WITH answered AS (
    SELECT
        short.unit_code,
        sum(short.missing) AS missing,
        CASE WHEN bool_and(short.answered_until IS NOT NULL) THEN min(short.answered_until) END AS paused_until
    FROM batch_short AS short
    GROUP BY short.unit_code
),

changing AS (
    UPDATE outreach."case" AS open
    SET
        state = CASE WHEN answered.paused_until IS NULL THEN 'open' ELSE 'paused' END,
        paused_until = answered.paused_until,
        clock_on = NULL
    FROM answered
    WHERE
        answered.unit_code = open.unit_code
        AND open.state <> 'closed'
        AND open.paused_until IS DISTINCT FROM answered.paused_until
    RETURNING open.case_id, open.level, open.state, open.paused_until, answered.missing
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    changing.case_id,
    CAST(:as_of AS date) AS as_of,
    CASE WHEN changing.state = 'open' THEN 'resumed' ELSE 'paused' END AS event,
    changing.level,
    changing.missing,
    jsonb_strip_nulls(jsonb_build_object('until', changing.paused_until)) AS detail
FROM changing
ORDER BY changing.case_id
