-- Proposals that nobody decided in time, or whose case moved meanwhile: closed, paused, or its clock starts afresh. Not
-- sent.
WITH lapsed AS (
    UPDATE outreach.escalation AS proposal
    SET status = 'lapsed', decided_at = now()
    FROM outreach."case" AS concerned
    WHERE
        concerned.case_id = proposal.case_id
        AND proposal.status = 'proposed'
        AND (proposal.deadline < CAST(:as_of AS date) OR concerned.state <> 'open' OR concerned.clock_on IS NULL)
    RETURNING
        proposal.case_id,
        concerned.level,
        CASE
            WHEN concerned.state <> 'open' THEN concerned.state
            WHEN concerned.clock_on IS NULL THEN 'restarted'
            ELSE 'deadline'
        END AS reason
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    lapsed.case_id,
    CAST(:as_of AS date) AS as_of,
    'lapsed' AS event,
    lapsed.level,
    (
        SELECT last.missing
        FROM outreach.case_event AS last
        WHERE last.case_id = lapsed.case_id
        ORDER BY last.case_event_id DESC
        LIMIT 1
    ) AS missing,
    jsonb_build_object('reason', lapsed.reason) AS detail
FROM lapsed
ORDER BY lapsed.case_id
RETURNING case_id
