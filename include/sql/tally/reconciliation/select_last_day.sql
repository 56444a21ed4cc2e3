-- The latest day that was reconciled.
SELECT max(as_of) AS as_of
FROM tally.reconciliation
