-- Answered files of units for which nobody has decided yet whether a receipt is due, with whom it would go to.
SELECT
    upload.upload_id,
    upload.kind,
    upload.unit_code,
    upload.status,
    upload.received_on,
    upload.modified_at,
    upload.repeats_upload_id,
    upload.rows_total,
    upload.rows_loaded,
    upload.rows_updated,
    upload.rows_voided,
    upload.rows_duplicate,
    upload.rows_held,
    upload.rows_rejected,
    ARRAY(
        SELECT issue.remark ->> 'message'
        FROM jsonb_array_elements(upload.file_issues) AS issue (remark)
    ) AS file_messages,
    unit.name AS unit_name,
    unit.language,
    unit.data_officer_name,
    unit.data_officer_email,
    unit.closed_on
FROM intake.upload
INNER JOIN reference.unit ON upload.unit_code = unit.unit_code
WHERE
    upload.finished_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM outreach.receipt WHERE receipt.upload_id = upload.upload_id)
ORDER BY upload.upload_id
