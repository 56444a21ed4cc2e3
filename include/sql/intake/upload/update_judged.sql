-- The sums of uploads with rows that came out otherwise; their answers are to be written anew.
WITH moved AS (
    SELECT
        c.upload_id,
        count(*) FILTER (WHERE c.outcome = 'loaded')
        - count(*) FILTER (WHERE c.outcome_before = 'loaded') AS loaded,
        count(*) FILTER (WHERE c.outcome = 'updated')
        - count(*) FILTER (WHERE c.outcome_before = 'updated') AS updated,
        count(*) FILTER (WHERE c.outcome = 'voided')
        - count(*) FILTER (WHERE c.outcome_before = 'voided') AS voided,
        count(*) FILTER (WHERE c.outcome = 'duplicate')
        - count(*) FILTER (WHERE c.outcome_before = 'duplicate') AS duplicate,
        count(*) FILTER (WHERE c.outcome = 'held')
        - count(*) FILTER (WHERE c.outcome_before = 'held') AS held,
        count(*) FILTER (WHERE c.outcome = 'rejected')
        - count(*) FILTER (WHERE c.outcome_before = 'rejected') AS rejected
    FROM batch_changed AS c
    GROUP BY c.upload_id
),

remarked AS (
    SELECT
        l.upload_id,
        jsonb_object_agg(l.rule, l.lines) AS issues_by_rule
    FROM (
        SELECT
            i.upload_id,
            i.rule,
            count(*) AS lines
        FROM intake.row_issue AS i
        WHERE i.upload_id IN (SELECT m.upload_id FROM moved AS m) AND i.row_number > 0 AND i.rule IS NOT NULL
        GROUP BY i.upload_id, i.rule
    ) AS l
    GROUP BY l.upload_id
),

warned AS (
    SELECT
        i.upload_id,
        count(DISTINCT i.row_number) AS rows_with_warnings
    FROM intake.row_issue AS i
    WHERE i.upload_id IN (SELECT m.upload_id FROM moved AS m) AND i.row_number > 0 AND i.severity = 'warning'
    GROUP BY i.upload_id
)

UPDATE intake.upload AS u
SET
    rows_loaded = u.rows_loaded + m.loaded,
    rows_updated = u.rows_updated + m.updated,
    rows_voided = u.rows_voided + m.voided,
    rows_duplicate = u.rows_duplicate + m.duplicate,
    rows_held = u.rows_held + m.held,
    rows_rejected = u.rows_rejected + m.rejected,
    rows_with_warnings = coalesce(w.rows_with_warnings, 0),
    issues_by_rule = coalesce(r.issues_by_rule, '{}'),
    ruleset_id = :ruleset_id,
    answer_outdated_at = now()
FROM moved AS m
LEFT JOIN remarked AS r ON m.upload_id = r.upload_id
LEFT JOIN warned AS w ON m.upload_id = w.upload_id
WHERE u.upload_id = m.upload_id
