-- The sums of every file of a batch, from its rows and remarks.
WITH counted AS (
    SELECT
        v.upload_id,
        count(*) AS rows_total,
        count(*) FILTER (WHERE v.outcome = 'loaded') AS rows_loaded,
        count(*) FILTER (WHERE v.outcome = 'updated') AS rows_updated,
        count(*) FILTER (WHERE v.outcome = 'voided') AS rows_voided,
        count(*) FILTER (WHERE v.outcome = 'duplicate') AS rows_duplicate,
        count(*) FILTER (WHERE v.outcome = 'held') AS rows_held,
        count(*) FILTER (WHERE v.outcome = 'rejected') AS rows_rejected,
        -- how long after the day of vaccination a record came: up to 1, 7, 14 days, and beyond
        jsonb_build_object(
            'on_time', count(*) FILTER (WHERE v.received_on - v.given_on BETWEEN 0 AND 1),
            'late', count(*) FILTER (WHERE v.received_on - v.given_on BETWEEN 2 AND 7),
            'very_late', count(*) FILTER (WHERE v.received_on - v.given_on BETWEEN 8 AND :late_entry_days),
            'too_late', count(*) FILTER (WHERE v.received_on - v.given_on > :late_entry_days)
        ) AS timeliness
    FROM batch_verdict AS v
    GROUP BY v.upload_id
),

remarked AS (
    SELECT
        m.upload_id,
        jsonb_object_agg(m.rule, m.lines) AS issues_by_rule
    FROM (
        SELECT
            v.upload_id,
            i.rule,
            count(*) AS lines
        FROM batch_issue AS i
        INNER JOIN batch_verdict AS v ON i.seq = v.seq
        GROUP BY v.upload_id, i.rule
    ) AS m
    GROUP BY m.upload_id
),

warned AS (
    SELECT
        v.upload_id,
        count(DISTINCT v.seq) AS rows_with_warnings
    FROM batch_issue AS i
    INNER JOIN batch_verdict AS v ON i.seq = v.seq
    INNER JOIN reference.rule AS r ON i.rule = r.code
    WHERE r.severity = 'warning'
    GROUP BY v.upload_id
)

UPDATE intake.upload AS u
SET
    rows_total = c.rows_total,
    rows_loaded = c.rows_loaded,
    rows_updated = c.rows_updated,
    rows_voided = c.rows_voided,
    rows_duplicate = c.rows_duplicate,
    rows_held = c.rows_held,
    rows_rejected = c.rows_rejected,
    rows_with_warnings = coalesce(w.rows_with_warnings, 0),
    issues_by_rule = coalesce(m.issues_by_rule, '{}'),
    timeliness = c.timeliness
FROM counted AS c
LEFT JOIN remarked AS m ON c.upload_id = m.upload_id
LEFT JOIN warned AS w ON c.upload_id = w.upload_id
WHERE u.upload_id = c.upload_id
