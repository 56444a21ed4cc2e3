-- Level 3 for the urged cases whose clock has run since :escalate_on or longer, and which were urged on :urged_on or
-- before; what is proposed or approved already stands.
WITH due AS (
    SELECT
        open.case_id,
        open.level,
        sum(short.missing) AS missing,
        count(*) AS days,
        min(short.given_on) AS first_day,
        max(short.given_on) AS last_day
    FROM outreach."case" AS open
    INNER JOIN batch_short AS short ON open.unit_code = short.unit_code AND short.answered_until IS NULL
    WHERE
        open.state = 'open'
        AND open.level = 2
        AND open.clock_on <= CAST(:escalate_on AS date)
        AND open.level_on <= CAST(:urged_on AS date)
        AND NOT EXISTS (
            SELECT 1
            FROM outreach.escalation AS standing
            WHERE
                standing.case_id = open.case_id
                AND (standing.status IN ('proposed', 'approved') OR standing.proposed_on >= CAST(:as_of AS date))
        )
    GROUP BY open.case_id
),

proposed AS (
    INSERT INTO outreach.escalation (case_id, proposed_on, deadline)
    SELECT
        due.case_id,
        CAST(:as_of AS date) AS proposed_on,
        CAST(:deadline AS date) AS deadline
    FROM due
    RETURNING case_id, deadline
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    due.case_id,
    CAST(:as_of AS date) AS as_of,
    'proposed' AS event,
    due.level,
    due.missing,
    jsonb_build_object(
        'deadline', proposed.deadline, 'days', due.days, 'first_day', due.first_day, 'last_day', due.last_day
    ) AS detail
FROM due
INNER JOIN proposed ON due.case_id = proposed.case_id
ORDER BY due.case_id
