-- What was held and has been sent anew needs no review any more. Rows that were closed in this transaction.
UPDATE registry.review AS v
SET
    status = 'withdrawn',
    settled_at = now(),
    settled_by = 'sender',
    decision = format('sent anew as row %s of upload %s', r.closed_by_row_number, r.closed_by_upload_id)
FROM intake.row AS r
WHERE
    v.upload_id = r.upload_id AND v.row_number = r.row_number AND v.status = 'open'
    AND r.closed_at = now() AND r.closed_by_upload_id IS NOT NULL
