-- What the held rows say that a correction names, the last one: the same record held again each time it was sent. Held
-- rows of different persons or doses under one id name nothing.
UPDATE batch_correction AS c
SET held_record = w.record
FROM (
    SELECT
        h.seq,
        (array_agg(h.record ORDER BY h.upload_id DESC, h.row_number DESC))[1] AS record,
        count(DISTINCT ROW(h.record ->> 'name_key', h.record ->> 'given_on', h.record ->> 'dose_number')) AS records
    FROM batch_waiting AS h
    GROUP BY h.seq
) AS w
WHERE c.seq = w.seq AND c.pass = :pass AND (w.records = 1 OR (c.dose_id IS NOT NULL AND NOT c.is_void))
