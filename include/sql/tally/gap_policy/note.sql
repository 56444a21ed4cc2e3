-- Note the policies a day goes by. The last day takes the given ones; an earlier one keeps those it has. Only rows that
-- differ are touched.
INSERT INTO tally.gap_policy (as_of, unit_type, grace_days, min_gap, tolerance_share, silent_days)
SELECT
    CAST(:as_of AS date) AS as_of,
    kind.unit_type,
    given.grace_days,
    given.min_gap,
    given.tolerance_share,
    given.silent_days
FROM jsonb_each(CAST(:policies AS jsonb)) AS kind (unit_type, policy)
CROSS JOIN
    LATERAL jsonb_to_record(kind.policy) AS given (
        grace_days integer, min_gap integer, tolerance_share numeric, silent_days integer
    )
ON CONFLICT (as_of, unit_type) DO UPDATE
    SET
        grace_days = excluded.grace_days,
        min_gap = excluded.min_gap,
        tolerance_share = excluded.tolerance_share,
        silent_days = excluded.silent_days
    WHERE
    CAST(:is_last AS boolean)
    AND (gap_policy.grace_days, gap_policy.min_gap, gap_policy.tolerance_share, gap_policy.silent_days)
    IS DISTINCT FROM (excluded.grace_days, excluded.min_gap, excluded.tolerance_share, excluded.silent_days)
