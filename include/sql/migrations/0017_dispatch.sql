-- Level 3 with its letter. What was proposed without one, before there were letters, lapses: the next run proposes it
-- afresh, with a letter.
WITH lapsed AS (
    UPDATE outreach.escalation
    SET status = 'lapsed', decided_at = now()
    WHERE status = 'proposed' AND letter_pdf IS NULL
    RETURNING case_id
)

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    lapsed.case_id,
    last.as_of,
    'lapsed' AS event,
    last.level,
    last.missing,
    '{"reason": "no_letter"}' AS detail
FROM lapsed
CROSS JOIN
    LATERAL (
        SELECT
            event.as_of,
            event.level,
            event.missing
        FROM outreach.case_event AS event
        WHERE event.case_id = lapsed.case_id
        ORDER BY event.case_event_id DESC
        LIMIT 1
    ) AS last;

-- Nothing is approved that nobody could have read. Approvals of before stay as they are.
ALTER TABLE outreach.escalation
ADD CONSTRAINT escalation_approved_letter CHECK (status <> 'approved' OR letter_pdf IS NOT NULL) NOT VALID;
