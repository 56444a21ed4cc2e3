-- Each unit's totals over due days as they stood a week apart, back from the as-of day; and every one of those days,
-- with no unit where nothing was due. Each day goes by the policies noted with it, else the given ones.
-- Parameters: as_of, weeks (how many before it), policies, not_before.
SELECT
    CAST(point.as_of AS date) AS as_of,
    gap.unit_code,
    coalesce(sum(gap.reported), 0) AS reported,
    coalesce(sum(gap.shortfall), 0) AS missing,
    count(DISTINCT gap.given_on) FILTER (WHERE gap.shortfall > 0) AS days_short
FROM
    generate_series(
        CAST(:as_of AS date) - 7 * CAST(:weeks AS integer), CAST(:as_of AS date), INTERVAL '7 days'
    ) AS point (as_of)
LEFT JOIN
    LATERAL (
        SELECT known.*
        FROM tally.entry_gap_on(CAST(point.as_of AS date)) AS known
        INNER JOIN reference.unit ON known.unit_code = unit.unit_code
        INNER JOIN tally.gap_policy_on(CAST(point.as_of AS date), CAST(:policies AS jsonb)) AS policy
            ON unit.unit_type = policy.unit_type
        WHERE
            known.given_on + policy.grace_days < CAST(point.as_of AS date)
            AND known.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
    ) AS gap
    ON true
GROUP BY point.as_of, gap.unit_code
ORDER BY point.as_of, gap.unit_code
