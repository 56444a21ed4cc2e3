-- What falls short on due days, key by key.
SELECT
    gap.unit_code,
    gap.given_on,
    gap.vaccine,
    gap.dose_number,
    gap.reported,
    gap.entered,
    gap.shortfall AS missing
FROM tally.entry_gap_on(CAST(:as_of AS date)) AS gap
WHERE
    gap.shortfall > 0
    AND gap.given_on + CAST(:grace_days AS integer) < CAST(:as_of AS date)
    AND gap.given_on >= coalesce(CAST(:not_before AS date), '-infinity')
ORDER BY gap.unit_code, gap.given_on, gap.vaccine, gap.dose_number
