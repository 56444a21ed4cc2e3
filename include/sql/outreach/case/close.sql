-- Cases whose unit is short no longer, or was closed itself: :closed_units. The event says which.
WITH closing AS (
    UPDATE outreach."case" AS open
    SET state = 'closed', closed_on = :as_of, paused_until = NULL
    WHERE
        open.state <> 'closed'
        AND NOT EXISTS (SELECT 1 FROM batch_short AS short WHERE short.unit_code = open.unit_code)
    RETURNING open.case_id, open.unit_code, open.level
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    closing.case_id,
    CAST(:as_of AS date) AS as_of,
    'closed' AS event,
    closing.level,
    0 AS missing,
    jsonb_build_object(
        'reason',
        CASE
            WHEN closing.unit_code = ANY(CAST(:closed_units AS text[])) THEN 'unit_closed'
            WHEN
                EXISTS (
                    SELECT 1
                    FROM outreach.case_event AS corrected
                    WHERE
                        corrected.case_id = closing.case_id
                        AND corrected.as_of = CAST(:as_of AS date)
                        AND corrected.event = 'corrected'
                        AND corrected.missing = 0
                )
                THEN 'corrected'
            ELSE 'complete'
        END
    ) AS detail
FROM closing
ORDER BY closing.unit_code
