-- A record for the day, if it has none yet.
INSERT INTO tally.reconciliation (as_of, grace_days)
VALUES (CAST(:as_of AS date), CAST(:grace_days AS integer))
ON CONFLICT (as_of) DO NOTHING
