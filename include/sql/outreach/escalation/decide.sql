-- A person decides on proposals that still wait. What is approved raises its case to level 3; what is dropped starts
-- the case's clock afresh.
WITH decided AS (
    UPDATE outreach.escalation AS proposal
    SET
        status = CASE WHEN :approve THEN 'approved' ELSE 'dropped' END,
        decided_by = :decided_by,
        decided_at = now()
    WHERE
        proposal.case_id = ANY(CAST(:case_ids AS bigint[]))
        AND proposal.status = 'proposed'
        AND proposal.deadline >= CAST(:as_of AS date)
    RETURNING proposal.case_id
),

concerned AS (
    UPDATE outreach."case" AS open
    SET
        level = CASE WHEN :approve THEN 3 ELSE open.level END,
        level_on = CASE WHEN :approve THEN CAST(:as_of AS date) ELSE open.level_on END,
        clock_on = CASE WHEN :approve THEN open.clock_on END
    FROM decided
    WHERE decided.case_id = open.case_id AND open.state <> 'closed'
    RETURNING open.case_id, open.level
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    concerned.case_id,
    CAST(:as_of AS date) AS as_of,
    CASE WHEN :approve THEN 'approved' ELSE 'dropped' END AS event,
    concerned.level,
    (
        SELECT last.missing
        FROM outreach.case_event AS last
        WHERE last.case_id = concerned.case_id
        ORDER BY last.case_event_id DESC
        LIMIT 1
    ) AS missing,
    jsonb_build_object('by', CAST(:decided_by AS text)) AS detail
FROM concerned
ORDER BY concerned.case_id
RETURNING case_id
