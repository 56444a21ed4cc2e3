-- Make the table the outcome of a day. Only rows that differ are touched: a run with nothing new writes nothing.
WITH found AS MATERIALIZED (
    SELECT gap.*, gap.given_on + policy.grace_days < CAST(:as_of AS date) AS due
    FROM tally.entry_gap_as_of(CAST(:as_of AS date)) AS gap
    INNER JOIN reference.unit ON gap.unit_code = unit.unit_code
    INNER JOIN tally.gap_policy AS policy
        ON unit.unit_type = policy.unit_type AND policy.as_of = CAST(:as_of AS date)
),

gone AS (
    DELETE FROM tally.entry_gap AS standing
    WHERE NOT EXISTS (
        SELECT FROM found
        WHERE
            found.unit_code = standing.unit_code
            AND found.given_on = standing.given_on
            AND found.vaccine = standing.vaccine
            AND found.dose_number = standing.dose_number
    )
)

INSERT INTO tally.entry_gap (
    unit_code,
    given_on,
    vaccine,
    dose_number,
    reported,
    entered,
    shortfall,
    surplus,
    entry_ratio,
    state,
    band,
    due
)
SELECT
    found.unit_code,
    found.given_on,
    found.vaccine,
    found.dose_number,
    found.reported,
    found.entered,
    found.shortfall,
    found.surplus,
    found.entry_ratio,
    found.state,
    found.band,
    found.due
FROM found
LEFT JOIN tally.entry_gap AS standing
    ON
        found.unit_code = standing.unit_code
        AND found.given_on = standing.given_on
        AND found.vaccine = standing.vaccine
        AND found.dose_number = standing.dose_number
-- the other columns follow from these
WHERE
    (standing.reported, standing.entered, standing.state, standing.due)
    IS DISTINCT FROM (found.reported, found.entered, found.state, found.due)
ON CONFLICT (unit_code, given_on, vaccine, dose_number) DO UPDATE
    SET
        reported = excluded.reported,
        entered = excluded.entered,
        shortfall = excluded.shortfall,
        surplus = excluded.surplus,
        entry_ratio = excluded.entry_ratio,
        state = excluded.state,
        band = excluded.band,
        due = excluded.due
