-- How soon each unit's doses were entered, over the last :days days before the as-of day. A day counts for the share
-- within n days when n days have passed since, and among the missing when it is due.
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
    coalesce(sum(day.given) FILTER (WHERE day.given_on + 1 <= CAST(:as_of AS date)), 0) AS given_1,
    coalesce(sum(day.within_1) FILTER (WHERE day.given_on + 1 <= CAST(:as_of AS date)), 0) AS within_1,
    coalesce(sum(day.given) FILTER (WHERE day.given_on + 7 <= CAST(:as_of AS date)), 0) AS given_7,
    coalesce(sum(day.within_7) FILTER (WHERE day.given_on + 7 <= CAST(:as_of AS date)), 0) AS within_7,
    coalesce(sum(day.given) FILTER (WHERE day.given_on + 14 <= CAST(:as_of AS date)), 0) AS given_14,
    coalesce(sum(day.within_14) FILTER (WHERE day.given_on + 14 <= CAST(:as_of AS date)), 0) AS within_14,
    coalesce(sum(day.reported) FILTER (WHERE day.given_on + policy.grace_days < CAST(:as_of AS date)), 0) AS reported,
    coalesce(sum(day.missing) FILTER (WHERE day.given_on + policy.grace_days < CAST(:as_of AS date)), 0) AS missing
FROM tally.timeliness_as_of(CAST(:as_of AS date)) AS day
INNER JOIN reference.unit ON day.unit_code = unit.unit_code
INNER JOIN tally.gap_policy_on(CAST(:as_of AS date), CAST(:policies AS jsonb)) AS policy
    ON unit.unit_type = policy.unit_type
WHERE
    day.given_on >= CAST(:as_of AS date) - CAST(:days AS integer)
    AND day.given_on < CAST(:as_of AS date)
    AND day.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
GROUP BY unit.unit_code
ORDER BY unit.unit_code
