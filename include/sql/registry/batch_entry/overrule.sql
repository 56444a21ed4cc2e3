-- New rows of a turn that a reviewer keeps beside the doses that they meet.
UPDATE batch_entry AS e
SET outcome = 'loaded', rule = NULL, met_dose_ids = NULL
FROM batch_ruling AS r
WHERE
    e.seq = r.seq AND r.keeps_both AND e.pass = :pass AND e.turn = :turn AND e.outcome = 'held'
    AND e.rule IN ('record.same_dose_other_unit', 'record.same_day_dose')
