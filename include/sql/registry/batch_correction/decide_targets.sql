-- What names nothing is refused; what is withdrawn is decided. To withdraw what was withdrawn before changes nothing.
UPDATE batch_correction AS c
SET
    outcome = CASE WHEN t.is_unknown THEN 'rejected' WHEN c.action = 'void' THEN 'voided' END,
    rule = CASE WHEN t.is_unknown THEN 'record.unknown_target' END
FROM (
    SELECT
        o.seq,
        o.held_record IS NULL AND (o.dose_id IS NULL OR (o.is_void AND o.action = 'update')) AS is_unknown
    FROM batch_correction AS o
    WHERE o.pass = :pass
) AS t
WHERE c.seq = t.seq
