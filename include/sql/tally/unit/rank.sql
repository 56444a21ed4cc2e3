-- Each unit's totals over due days, the largest shortfall first. What was entered where nobody reported stands apart.
SELECT
    unit.unit_code,
    unit.name,
    unit.unit_type,
    unit.district_code,
    unit.parent_unit_code,
    unit.language,
    unit.data_officer_name,
    unit.data_officer_email,
    unit.head_name,
    unit.head_email,
    unit.opened_on,
    unit.closed_on,
    rank() OVER (ORDER BY sum(gap.shortfall) DESC) AS rank,
    coalesce(sum(gap.reported), 0) AS reported,
    coalesce(sum(gap.entered) FILTER (WHERE gap.state <> 'no_report'), 0) AS entered,
    sum(gap.shortfall) AS shortfall,
    sum(gap.surplus) AS surplus,
    coalesce(sum(gap.entered) FILTER (WHERE gap.state = 'no_report'), 0) AS entered_unreported,
    count(DISTINCT gap.given_on) FILTER (WHERE gap.shortfall > 0) AS days_short
FROM tally.entry_gap_on(CAST(:as_of AS date)) AS gap
INNER JOIN reference.unit ON gap.unit_code = unit.unit_code
INNER JOIN tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
    ON unit.unit_type = policy.unit_type
WHERE
    gap.given_on + policy.grace_days < CAST(:as_of AS date)
    AND gap.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
GROUP BY unit.unit_code
ORDER BY shortfall DESC, unit.unit_code
