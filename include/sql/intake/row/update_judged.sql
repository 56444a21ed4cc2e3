-- Rows that came out otherwise when they were judged again. What passed is closed, what is held waits, and so does what
-- is rejected, unless a reviewer did that. The file was received when it was.
UPDATE intake.row AS r
SET
    outcome = v.outcome,
    unit_code = v.unit_code,
    given_on = v.given_on,
    vaccine = v.vaccine,
    dose_number = v.dose_number,
    canonical = jsonb_strip_nulls(v.canonical) || jsonb_build_object('received_on', u.received_on),
    closed_at = CASE
        WHEN v.outcome = 'held' THEN NULL
        WHEN v.outcome = 'rejected' AND NOT v.is_dropped THEN r.closed_at
        ELSE now()
    END
FROM batch_changed AS c
INNER JOIN batch_verdict AS v ON c.upload_id = v.upload_id AND c.row_number = v.row_number
INNER JOIN intake.upload AS u ON c.upload_id = u.upload_id
WHERE r.upload_id = c.upload_id AND r.row_number = c.row_number
