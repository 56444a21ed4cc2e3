-- Rows that a reviewer decided not to apply.
UPDATE batch_row AS b
SET outcome = r.closed_as, dose_id = r.closed_dose_id
FROM batch_ruling AS r
WHERE b.seq = r.seq AND b.outcome IS NULL AND r.closed_as IS NOT NULL
