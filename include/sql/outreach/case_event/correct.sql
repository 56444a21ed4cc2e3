-- Gaps that were told and have shrunk because the report was lowered since: once for each change, known by the last
-- revision that was counted. Where the gap closes today, only if nothing but the report closed it.
WITH told AS (
    SELECT DISTINCT ON (message.case_id, day.given_on)
        message.case_id,
        message.unit_code,
        open.level,
        day.given_on,
        day.missing,
        message.as_of AS told_on,
        message.created_at,
        coalesce(
            (
                SELECT max(CAST(event.detail ->> 'report_id' AS bigint))
                FROM outreach.case_event AS event
                WHERE event.case_id = message.case_id AND event.event = 'corrected'
            ),
            0
        ) AS counted_report_id
    FROM outreach.message_day AS day
    INNER JOIN outreach.message AS message ON day.message_id = message.message_id
    INNER JOIN outreach."case" AS open ON message.case_id = open.case_id AND open.state <> 'closed'
    WHERE day.closed_on IS NULL AND message.status IN ('sending', 'sent', 'unknown')
    ORDER BY message.case_id, day.given_on, message.message_id DESC
),

lowered AS (
    SELECT
        told.case_id,
        told.given_on,
        sum(earlier.doses_given - later.doses_given) AS doses,
        max(later.report_id) AS report_id
    FROM told
    INNER JOIN stats.report AS later
        ON
            told.unit_code = later.unit_code
            AND told.given_on = later.given_on
            AND told.counted_report_id < later.report_id
    INNER JOIN stats.report AS earlier
        ON
            later.unit_code = earlier.unit_code
            AND later.given_on = earlier.given_on
            AND later.vaccine = earlier.vaccine
            AND later.dose_number = earlier.dose_number
            AND later.revision - 1 = earlier.revision
    INNER JOIN intake.upload AS upload ON later.upload_id = upload.upload_id
    WHERE
        later.received_on <= CAST(:as_of AS date)
        AND (
            later.received_on > told.told_on
            OR (later.received_on = told.told_on AND upload.processed_at > told.created_at)
        )
    GROUP BY told.case_id, told.given_on
),

explained AS (
    SELECT
        told.case_id,
        told.level,
        max(told.told_on) AS told_on,
        sum(told.missing) AS told,
        sum(coalesce(short.missing, 0)) AS missing,
        sum(greatest(least(coalesce(lowered.doses, 0), told.missing - coalesce(short.missing, 0)), 0)) AS lowered,
        max(lowered.report_id) AS report_id
    FROM told
    LEFT JOIN lowered ON told.case_id = lowered.case_id AND told.given_on = lowered.given_on
    LEFT JOIN batch_short AS short ON told.unit_code = short.unit_code AND told.given_on = short.given_on
    WHERE NOT told.unit_code = ANY(CAST(:closed_units AS text[]))
    GROUP BY told.case_id, told.level
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    explained.case_id,
    CAST(:as_of AS date) AS as_of,
    'corrected' AS event,
    explained.level,
    coalesce(whole.missing, 0) AS missing,
    jsonb_build_object(
        'told_on', explained.told_on,
        'told', explained.told,
        'missing', explained.missing,
        'lowered', explained.lowered,
        'report_id', explained.report_id
    ) AS detail
FROM explained
INNER JOIN outreach."case" AS open ON explained.case_id = open.case_id
LEFT JOIN (
    SELECT
        short.unit_code,
        sum(short.missing) AS missing
    FROM batch_short AS short
    GROUP BY short.unit_code
) AS whole ON open.unit_code = whole.unit_code
WHERE explained.lowered > 0 AND (whole.missing IS NOT NULL OR explained.lowered = explained.told)
ORDER BY explained.case_id
