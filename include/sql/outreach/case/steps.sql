-- What is due today for each case: what happened to it today as far as somebody is told, and for every open case the
-- reminder that whoever has not been told of one of its days gets.
SELECT
    concerned.case_id,
    concerned.unit_code,
    concerned.level,
    concerned.opened_on,
    concerned.level_on,
    concerned.clock_on,
    due.kind,
    due.reason,
    due.missing,
    due.detail
FROM outreach."case" AS concerned
INNER JOIN (
    SELECT
        event.case_id,
        CASE event.event
            WHEN 'urged' THEN 'urgent'
            WHEN 'proposed' THEN 'escalation'
            WHEN 'corrected' THEN 'correction'
            ELSE 'closed'
        END AS kind,
        coalesce(event.detail ->> 'reason', event.event) AS reason,
        event.missing,
        event.detail,
        event.event
    FROM outreach.case_event AS event
    WHERE event.as_of = CAST(:as_of AS date) AND event.event IN ('urged', 'proposed', 'corrected', 'closed')
    UNION ALL
    SELECT
        open.case_id,
        'shortfall' AS kind,
        CASE
            WHEN open.level = 1 AND open.level_on = CAST(:as_of AS date) THEN 'reminded'
            WHEN bool_or(day.joined_on = CAST(:as_of AS date)) THEN 'new_day'
            ELSE 'standing'
        END AS reason,
        sum(short.missing) AS missing,
        '{}' AS detail,
        'standing' AS event
    FROM outreach."case" AS open
    INNER JOIN batch_short AS short ON open.unit_code = short.unit_code AND short.answered_until IS NULL
    INNER JOIN outreach.case_day AS day ON open.case_id = day.case_id AND short.given_on = day.given_on
    WHERE open.state = 'open' AND NOT (open.level = 2 AND open.level_on = CAST(:as_of AS date))
    GROUP BY open.case_id
) AS due ON concerned.case_id = due.case_id
WHERE
    (due.event = 'closed') = (concerned.state = 'closed' AND due.event <> 'corrected')
    AND NOT (due.event = 'closed' AND due.reason = 'corrected')
ORDER BY concerned.unit_code, concerned.case_id, due.kind
