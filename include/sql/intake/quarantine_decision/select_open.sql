-- Refused files that nothing has replaced or corrected; some of them discarded, some put back and not taken in yet.
SELECT
    q.upload_id,
    q.unit_code,
    q.kind,
    q.file_name,
    q.archive_path,
    q.sha256,
    q.modified_at,
    q.received_on,
    CAST(:as_of AS date) - q.received_on AS age_days,
    q.rows_total,
    w.is_discarded,
    ARRAY(SELECT i.remark ->> 'rule' FROM jsonb_array_elements(q.file_issues) AS i (remark)) AS rules,
    ARRAY(SELECT i.remark ->> 'message' FROM jsonb_array_elements(q.file_issues) AS i (remark)) AS messages,
    (SELECT left(g.sha256, 12) FROM intake.ruleset AS g WHERE g.ruleset_id = q.ruleset_id) AS rules_version,
    (
        SELECT max(d.decided_on)
        FROM intake.quarantine_decision AS d
        WHERE d.upload_id = q.upload_id AND d.decision = 'retried' AND d.became_upload_id IS NULL
    ) AS retried_on
FROM intake.quarantined_as_of(CAST(:as_of AS date)) AS w
INNER JOIN intake.upload AS q ON w.upload_id = q.upload_id
WHERE q.finished_at IS NOT NULL AND (CAST(:unit_code AS text) IS NULL OR q.unit_code = :unit_code)
ORDER BY q.upload_id
