-- The next level: reminded at once, urged when the clock has run since :urge_on (null: nobody is urged today).
-- One level a day: the clock of a case that is reminded starts today. The event says where nobody could be written to.
WITH due AS (
    SELECT
        open.case_id,
        open.unit_code,
        open.level + 1 AS level,
        sum(short.missing) AS missing
    FROM outreach."case" AS open
    INNER JOIN batch_short AS short ON open.unit_code = short.unit_code AND short.answered_until IS NULL
    WHERE open.state = 'open' AND (open.level = 0 OR (open.level = 1 AND open.clock_on <= CAST(:urge_on AS date)))
    GROUP BY open.case_id
),

raised AS (
    UPDATE outreach."case" AS open
    SET
        level = due.level,
        level_on = :as_of,
        level_missing = due.missing,
        clock_on = CASE WHEN due.level = 1 THEN NULL ELSE open.clock_on END
    FROM due
    WHERE due.case_id = open.case_id
    RETURNING open.case_id, open.unit_code, open.level, open.level_missing
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    raised.case_id,
    CAST(:as_of AS date) AS as_of,
    CASE WHEN raised.level = 1 THEN 'reminded' ELSE 'urged' END AS event,
    raised.level,
    raised.level_missing,
    CASE
        WHEN
            (raised.level = 1 AND raised.unit_code = ANY(CAST(:no_officer AS text[])))
            OR (raised.level = 2 AND raised.unit_code = ANY(CAST(:no_address AS text[])))
            THEN jsonb_build_object('no_address', true)
        ELSE '{}'
    END AS detail
FROM raised
ORDER BY raised.case_id
