-- Why doses of due days are missing, in the whole city: the five parts, which add up to what is missing.
SELECT
    coalesce(sum(cause.shortfall), 0) AS missing,
    coalesce(sum(cause.held), 0) AS held,
    coalesce(sum(cause.rejected), 0) AS rejected,
    coalesce(sum(cause.other_unit), 0) AS other_unit,
    coalesce(sum(cause.declared_elsewhere), 0) AS declared_elsewhere,
    coalesce(sum(cause.never_received), 0) AS never_received
FROM tally.gap_cause_on(CAST(:as_of AS date)) AS cause
INNER JOIN reference.unit ON cause.unit_code = unit.unit_code
INNER JOIN tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
    ON unit.unit_type = policy.unit_type
WHERE
    cause.given_on + policy.grace_days < CAST(:as_of AS date)
    AND cause.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
