-- What falls short on the days that units are asked about, key by key, and why.
SELECT
    gap.unit_code,
    gap.given_on,
    gap.vaccine,
    gap.dose_number,
    gap.reported,
    gap.entered,
    gap.shortfall AS missing,
    cause.held,
    cause.rejected,
    cause.other_unit,
    cause.declared_elsewhere,
    cause.never_received
FROM tally.entry_gap_on(CAST(:as_of AS date)) AS gap
INNER JOIN
    tally.short_day_on(CAST(:as_of AS date), CAST(:policies AS jsonb), CAST(:not_before AS date)) AS asked
    ON gap.unit_code = asked.unit_code AND gap.given_on = asked.given_on
INNER JOIN tally.gap_cause_on(CAST(:as_of AS date)) AS cause
    ON
        gap.unit_code = cause.unit_code
        AND gap.given_on = cause.given_on
        AND gap.vaccine = cause.vaccine
        AND gap.dose_number = cause.dose_number
WHERE gap.shortfall > 0
ORDER BY gap.unit_code, gap.given_on, gap.vaccine, gap.dose_number
