-- Open units of which nothing came in lately. A unit is heard of through its own files, whatever their verdict, through
-- new figures on it in the Department's, and through doses that a unit above it enters for it.
WITH sent AS (
    SELECT
        upload.unit_code,
        max(upload.received_on) FILTER (WHERE upload.kind = 'report') AS report_on,
        max(upload.received_on) FILTER (WHERE upload.kind = 'upload') AS upload_on
    FROM intake.upload
    WHERE upload.received_on <= CAST(:as_of AS date)
    GROUP BY upload.unit_code
),

-- the few for which doses have to be looked at
quiet AS MATERIALIZED (
    SELECT
        unit.unit_code,
        policy.silent_days,
        greatest(sent.report_on, figure.received_on) AS report_on,
        sent.upload_on
    FROM reference.unit
    INNER JOIN tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
        ON unit.unit_type = policy.unit_type
    LEFT JOIN sent ON unit.unit_code = sent.unit_code
    LEFT JOIN LATERAL (
        SELECT max(report.received_on) AS received_on
        FROM stats.report
        WHERE report.unit_code = unit.unit_code AND report.received_on <= CAST(:as_of AS date)
    ) AS figure ON true
    WHERE
        coalesce(unit.opened_on, '-infinity') <= CAST(:as_of AS date) - policy.silent_days
        AND coalesce(unit.closed_on, 'infinity') > CAST(:as_of AS date)
        AND coalesce(greatest(sent.report_on, figure.received_on, sent.upload_on), '-infinity')
        <= CAST(:as_of AS date) - policy.silent_days
)

SELECT
    unit.unit_code,
    unit.name,
    unit.unit_type,
    unit.district_code,
    unit.parent_unit_code,
    unit.language,
    unit.data_officer_name,
    unit.data_officer_email,
    unit.head_name,
    unit.head_email,
    unit.opened_on,
    unit.closed_on,
    quiet.silent_days,
    quiet.report_on AS last_report_on,
    greatest(quiet.upload_on, entered.received_on) AS last_upload_on
FROM quiet
INNER JOIN reference.unit ON quiet.unit_code = unit.unit_code
CROSS JOIN
    LATERAL (
        SELECT max(dose.received_on) AS received_on
        FROM registry.dose
        WHERE
            dose.unit_code = quiet.unit_code
            AND dose.source = 'administered'
            AND dose.received_on <= CAST(:as_of AS date)
    ) AS entered
WHERE coalesce(entered.received_on, '-infinity') <= CAST(:as_of AS date) - quiet.silent_days
ORDER BY unit.unit_code
