-- Uploads with rows that a rule rejected and that nobody has closed. A quarantined file that still waits is judged
-- again as a whole: whether most of its rows fail depends on all of them.
SELECT
    u.upload_id,
    u.kind,
    u.unit_code,
    u.file_name,
    u.received_on,
    u.header,
    u.dates_from_1904,
    u.status = 'quarantined' AS is_whole,
    CASE WHEN u.status = 'quarantined' THEN u.rows_total ELSE count(*) END AS rows_to_judge
FROM intake.upload AS u
INNER JOIN intake.row AS r ON u.upload_id = r.upload_id
LEFT JOIN intake.quarantined_as_of(CAST(:as_of AS date)) AS q ON u.upload_id = q.upload_id AND NOT q.is_discarded
WHERE
    u.kind = :kind
    AND (CAST(:unit_code AS text) IS NULL OR u.unit_code = :unit_code)
    AND (CAST(:upload_id AS bigint) IS NULL OR u.upload_id = :upload_id)
    AND r.outcome = 'rejected' AND r.closed_at IS NULL
    AND (u.status = 'loaded' OR q.upload_id IS NOT NULL)
    AND (
        (
            u.status = 'quarantined'
            AND u.file_issues @> jsonb_build_array(jsonb_build_object('rule', CAST(:rule AS text)))
        )
        OR EXISTS (
            SELECT 1
            FROM intake.row_issue AS i
            WHERE i.upload_id = r.upload_id AND i.row_number = r.row_number AND i.rule = :rule
        )
    )
GROUP BY u.upload_id
ORDER BY u.upload_id
