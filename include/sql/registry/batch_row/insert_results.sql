-- The records that a pass's updates result in, in the place of the rows. One that replaces a held record is applied as
-- a new one.
INSERT INTO batch_row
SELECT r.*
FROM batch_correction AS c
INNER JOIN batch_result AS s ON c.seq = s.seq
CROSS JOIN
    LATERAL jsonb_populate_record(
        s, jsonb_build_object('action', CASE WHEN c.dose_id IS NULL OR c.is_void THEN 'new' ELSE 'update' END)
    ) AS r
WHERE c.outcome IS NULL
