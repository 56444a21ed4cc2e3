-- Refused files that still wait. The last word on a name, or on the bytes, counts: any later file of the same sender
-- and kind with either takes the place of an earlier one, and is listed itself where it was refused again. Done with is
-- also a file of which every row came back by its fix file.
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
FROM intake.upload AS refused
WHERE
    refused.status = 'quarantined'
    AND refused.received_on <= CAST(:as_of AS date)
    AND (CAST(:unit_code AS text) IS NULL OR refused.unit_code = :unit_code)
    AND NOT EXISTS (
        SELECT FROM intake.upload AS later
        WHERE
            later.upload_id > refused.upload_id
            AND later.received_on <= CAST(:as_of AS date)
            AND coalesce(later.unit_code, '') = coalesce(refused.unit_code, '')
            AND later.kind = refused.kind
            AND later.file_name = refused.file_name
    )
    AND NOT EXISTS (
        SELECT FROM intake.upload AS later
        WHERE
            later.upload_id > refused.upload_id
            AND later.received_on <= CAST(:as_of AS date)
            AND coalesce(later.unit_code, '') = coalesce(refused.unit_code, '')
            AND later.kind = refused.kind
            AND later.sha256 = refused.sha256
    )
    AND (
        refused.rows_total = 0
        OR EXISTS (
            SELECT FROM intake.row AS waiting
            WHERE waiting.upload_id = refused.upload_id AND waiting.closed_at IS NULL
        )
    )
ORDER BY refused.upload_id
