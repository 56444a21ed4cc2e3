-- A file that is not mostly rejected any more leaves quarantine: it is loaded, and its file moves to the archive.
WITH released AS (
    UPDATE intake.upload AS u
    SET
        status = 'loaded',
        file_issues = (
            SELECT coalesce(jsonb_agg(i.remark), '[]')
            FROM jsonb_array_elements(u.file_issues) AS i (remark)
            WHERE i.remark ->> 'rule' <> 'file.mostly_rejected'
        ),
        archive_path = f.archive_path,
        answer_outdated_at = now()
    FROM unnest(CAST(:upload_ids AS bigint[]), CAST(:archive_paths AS text[])) AS f (upload_id, archive_path)
    WHERE u.upload_id = f.upload_id
    RETURNING u.upload_id
)

DELETE FROM intake.row_issue AS i
USING released AS r
WHERE i.upload_id = r.upload_id AND i.row_number = 0 AND i.rule = 'file.mostly_rejected'
