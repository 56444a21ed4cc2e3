-- Uploads whose verdict is committed, and whose answer or move is not done yet; on demand also those whose answer has
-- to be written anew.
SELECT
    u.upload_id,
    u.kind,
    u.unit_code,
    u.file_name,
    u.source_path,
    u.archive_path,
    u.lies_at,
    u.sha256,
    u.language,
    u.header,
    u.processed_at,
    u.finished_at,
    u.answer_outdated_at,
    u.status,
    u.received_on,
    u.rows_total,
    u.rows_loaded,
    u.rows_updated,
    u.rows_voided,
    u.rows_duplicate,
    u.rows_held,
    u.rows_rejected,
    u.rows_with_warnings,
    u.issues_by_rule,
    u.timeliness,
    u.repeats_upload_id,
    (SELECT left(g.sha256, 12) FROM intake.ruleset AS g WHERE g.ruleset_id = u.ruleset_id) AS rules_version,
    (
        SELECT coalesce(array_agg(i.rule ORDER BY i.row_issue_id), '{}')
        FROM intake.row_issue AS i
        WHERE i.upload_id = u.upload_id AND i.row_number = 0 AND i.rule IS NOT NULL
    ) AS file_rules
FROM intake.upload AS u
WHERE u.finished_at IS NULL OR (:with_outdated AND u.answer_outdated_at IS NOT NULL)
ORDER BY u.upload_id
