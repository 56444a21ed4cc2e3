-- The decisions, for whoever keeps the files' books.
UPDATE batch_row AS b
SET outcome = e.outcome, person_id = e.person_id, dose_id = e.own_dose_id
FROM batch_entry AS e
WHERE b.seq = e.seq
