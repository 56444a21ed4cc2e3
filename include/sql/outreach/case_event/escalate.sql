-- The dispatches of these cases are on their way to the Department.
INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    concerned.case_id,
    CAST(:as_of AS date) AS as_of,
    'escalated' AS event,
    concerned.level,
    last.missing,
    jsonb_build_object('mails', CAST(:mails AS integer)) AS detail
FROM outreach."case" AS concerned
CROSS JOIN
    LATERAL (
        SELECT event.missing
        FROM outreach.case_event AS event
        WHERE event.case_id = concerned.case_id
        ORDER BY event.case_event_id DESC
        LIMIT 1
    ) AS last
WHERE concerned.case_id = ANY(CAST(:case_ids AS bigint[]))
ORDER BY concerned.case_id
