-- The record of one day.
SELECT *
FROM tally.reconciliation
WHERE as_of = CAST(:as_of AS date)
