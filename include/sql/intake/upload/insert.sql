-- The verdict on each file of a batch; its counts follow once the rows are decided.
INSERT INTO intake.upload (
    upload_id, unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at, language,
    header, dates_from_1904, received_on, received_at, processed_at, status, repeats_upload_id, ruleset_id, file_issues
)
SELECT
    f.upload_id,
    f.unit_code,
    f.kind,
    f.file_name,
    f.source_path,
    CASE WHEN v.status = 'quarantined' THEN :quarantine ELSE :archive END || '/' || f.kept_path,
    f.sha256,
    f.size_bytes,
    f.modified_at,
    f.language,
    f.header,
    f.dates_from_1904,
    f.received_on,
    f.received_at,
    :processed_at,
    v.status,
    f.repeats_upload_id,
    :ruleset_id AS ruleset_id,
    f.file_issues || CASE
        WHEN f.upload_id = ANY(:mostly_rejected)
            THEN jsonb_build_array(jsonb_build_object(
                'rule', r.code,
                'severity', r.severity,
                'message', CASE WHEN f.language = 'vi' THEN r.message_vi ELSE r.message_en END
            ))
        ELSE '[]'
    END AS file_issues
FROM intake.staged_file AS f
INNER JOIN reference.rule AS r ON r.code = 'file.mostly_rejected'
CROSS JOIN
    LATERAL (
        SELECT CASE
            WHEN f.state = 'refused' OR f.upload_id = ANY(:mostly_rejected) THEN 'quarantined'
            WHEN f.state = 'read' THEN 'loaded'
            ELSE f.state
        END AS status
    ) AS v
WHERE f.upload_id = ANY(:upload_ids)
