-- Retire the receipts that never left and have nothing left to ask for: every row that waited came back or was
-- settled meanwhile, or they are of days that nobody is written to about.
UPDATE outreach.message AS message
SET status = 'superseded'
FROM intake.upload
WHERE
    message.kind = 'receipt'
    AND message.status IN ('queued', 'failed')
    AND message.upload_id = upload.upload_id
    AND (
        message.as_of < CAST(:not_before AS date)
        OR (
            upload.rows_rejected + upload.rows_held > 0
            AND upload.kind = 'upload'
            AND NOT EXISTS (
                SELECT FROM intake.row AS waiting
                WHERE waiting.upload_id = upload.upload_id AND waiting.closed_at IS NULL
            )
        )
    )
