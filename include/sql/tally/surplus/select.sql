-- What is entered beyond the reports on due days, key by key, and why, the largest excess first.
SELECT
    cause.unit_code,
    cause.given_on,
    cause.vaccine,
    cause.dose_number,
    cause.state,
    cause.reported,
    cause.entered,
    cause.excess,
    cause.duplicate_persons,
    cause.wrong_vaccine_or_dose,
    cause.wrong_date,
    cause.wrong_unit,
    cause.nil_report,
    cause.missing_report,
    cause.unexplained,
    cause.likely_vaccine,
    cause.likely_dose_number,
    cause.likely_given_on,
    cause.likely_unit_code
FROM tally.surplus_cause_as_of(CAST(:as_of AS date)) AS cause
INNER JOIN reference.unit ON cause.unit_code = unit.unit_code
INNER JOIN tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
    ON unit.unit_type = policy.unit_type
WHERE
    cause.given_on + policy.grace_days < CAST(:as_of AS date)
    AND cause.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
ORDER BY cause.excess DESC, cause.unit_code, cause.given_on, cause.vaccine, cause.dose_number
