-- What is entered beyond the reports of due days, by unit, and likely why; the parts add up. The largest first.
SELECT
    unit.name,
    sum(cause.excess) AS excess,
    sum(cause.duplicate_persons) AS duplicate_persons,
    sum(cause.wrong_vaccine_or_dose) AS wrong_vaccine_or_dose,
    sum(cause.wrong_date) AS wrong_date,
    sum(cause.wrong_unit) AS wrong_unit,
    sum(cause.nil_report) AS nil_report,
    sum(cause.missing_report) AS missing_report,
    sum(cause.unexplained) AS unexplained
FROM tally.surplus_cause_as_of(CAST(:as_of AS date)) AS cause
INNER JOIN reference.unit ON cause.unit_code = unit.unit_code
INNER JOIN tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
    ON unit.unit_type = policy.unit_type
WHERE
    cause.given_on + policy.grace_days < CAST(:as_of AS date)
    AND cause.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
GROUP BY unit.unit_code
ORDER BY excess DESC, unit.unit_code
