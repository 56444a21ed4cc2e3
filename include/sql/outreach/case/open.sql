-- A case for every short unit without one. Where a day of its last case is short again, the new case reopens that one.
WITH opening AS (
    INSERT INTO outreach."case" (unit_code, opened_on, level_on, level_missing, reopens_case_id)
    SELECT
        short.unit_code,
        CAST(:as_of AS date) AS opened_on,
        CAST(:as_of AS date) AS level_on,
        sum(short.missing) AS level_missing,
        (
            SELECT max(earlier.case_id)
            FROM outreach.case_day AS earlier
            INNER JOIN batch_short AS again
                ON earlier.given_on = again.given_on AND again.unit_code = short.unit_code
            WHERE
                earlier.case_id = (
                    SELECT max(last.case_id)
                    FROM outreach."case" AS last
                    WHERE last.unit_code = short.unit_code
                )
        ) AS reopens_case_id
    FROM batch_short AS short
    WHERE
        NOT EXISTS (
            SELECT 1
            FROM outreach."case" AS open
            WHERE open.unit_code = short.unit_code AND open.state <> 'closed'
        )
    GROUP BY short.unit_code
    ORDER BY short.unit_code
    RETURNING case_id, opened_on, level_missing, reopens_case_id
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    opening.case_id,
    opening.opened_on,
    CASE WHEN opening.reopens_case_id IS NULL THEN 'opened' ELSE 'reopened' END AS event,
    0 AS level,
    opening.level_missing,
    jsonb_strip_nulls(jsonb_build_object('reopens_case_id', opening.reopens_case_id)) AS detail
FROM opening
ORDER BY opening.case_id
