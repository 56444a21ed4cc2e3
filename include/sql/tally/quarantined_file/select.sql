-- Refused files that still wait; see intake.quarantined_as_of.
SELECT
    refused.upload_id,
    refused.unit_code,
    refused.kind,
    refused.received_on,
    ARRAY(
        SELECT DISTINCT issue.remark ->> 'rule' AS rule
        FROM jsonb_array_elements(refused.file_issues) AS issue (remark)
        ORDER BY rule
    ) AS rules,
    refused.rows_total
FROM intake.quarantined_as_of(CAST(:as_of AS date)) AS waiting
INNER JOIN intake.upload AS refused ON waiting.upload_id = refused.upload_id
WHERE
    NOT waiting.is_discarded
    AND (CAST(:unit_code AS text) IS NULL OR refused.unit_code = :unit_code)
ORDER BY refused.upload_id
