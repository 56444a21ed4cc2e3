-- Gaps that shrank by the share since their clock started, over the days it counts: the unit is at work, and its clock
-- starts afresh. A day that was answered since is nothing it did, and is left out.
WITH counted AS (
    SELECT
        open.case_id,
        sum(since.clock_missing) AS then_missing,
        sum(coalesce(short.missing, 0)) AS now_missing
    FROM outreach."case" AS open
    INNER JOIN outreach.case_day AS since ON open.case_id = since.case_id AND since.clock_missing IS NOT NULL
    LEFT JOIN batch_short AS short ON open.unit_code = short.unit_code AND since.given_on = short.given_on
    WHERE
        open.state = 'open'
        AND open.level > 0
        AND open.clock_on < CAST(:as_of AS date)
        AND short.answered_until IS NULL
    GROUP BY open.case_id
),

shrunk AS (
    UPDATE outreach."case" AS open
    SET clock_on = NULL
    FROM counted
    WHERE
        counted.case_id = open.case_id
        AND counted.now_missing <= counted.then_missing * (1 - CAST(:shrink_share AS numeric))
    RETURNING open.case_id, open.unit_code, open.level, counted.then_missing, counted.now_missing
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    shrunk.case_id,
    CAST(:as_of AS date) AS as_of,
    'shrunk' AS event,
    shrunk.level,
    (
        SELECT sum(short.missing)
        FROM batch_short AS short
        WHERE short.unit_code = shrunk.unit_code
    ) AS missing,
    jsonb_build_object('from', shrunk.then_missing, 'to', shrunk.now_missing) AS detail
FROM shrunk
ORDER BY shrunk.case_id
