-- Withdrawn doses stay, with when; the earlier dose that was declared with one goes with it.
UPDATE registry.dose AS d
SET voided_at = u.received_at, voided_on = b.received_on
FROM batch_correction AS c
INNER JOIN batch_row AS b ON c.seq = b.seq
INNER JOIN intake.upload AS u ON c.upload_id = u.upload_id
INNER JOIN registry.dose AS v ON c.dose_id = v.dose_id
WHERE
    c.pass = :pass AND c.outcome = 'voided' AND NOT c.is_void
    AND d.upload_id = v.upload_id AND d.row_number = v.row_number
    AND (d.dose_id = v.dose_id OR d.source = 'declared') AND d.voided_at IS NULL
