-- The policies a day goes by: those noted with it, else the given ones.
SELECT policy.unit_type, policy.grace_days, policy.min_gap, policy.tolerance_share, policy.silent_days
FROM tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
ORDER BY policy.unit_type
