-- A row equal to an earlier one of its file repeats it; where that one is held it shares its fate.
UPDATE batch_entry AS e
SET
    outcome = CASE WHEN f.outcome = 'held' THEN 'held' ELSE 'duplicate' END,
    rule = CASE WHEN f.outcome = 'held' THEN f.rule END,
    met_dose_ids = f.met_dose_ids
FROM batch_entry AS f
WHERE e.first_seq = f.seq AND e.seq <> f.seq
