-- The decisions on rows that change or withdraw an earlier record, but those that met doses as entries.
UPDATE batch_row AS b
SET outcome = c.outcome, person_id = c.person_id, dose_id = c.dose_id
FROM batch_correction AS c
WHERE b.seq = c.seq AND c.outcome IS NOT NULL AND b.outcome IS NULL
