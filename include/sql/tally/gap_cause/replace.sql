-- Make the table the causes of a day, after tally.entry_gap was made the outcome of it. Only rows that differ are
-- touched.
WITH found AS MATERIALIZED (
    SELECT gap.unit_code, gap.given_on, gap.vaccine, gap.dose_number, gap.shortfall, part.*
    FROM tally.entry_gap AS gap
    LEFT JOIN tally.gap_evidence_as_of(CAST(:as_of AS date)) AS known
        ON
            gap.unit_code = known.unit_code
            AND gap.given_on = known.given_on
            AND gap.vaccine = known.vaccine
            AND gap.dose_number = known.dose_number
    CROSS JOIN
        LATERAL tally.split_shortfall(
            gap.shortfall,
            coalesce(known.held, 0),
            coalesce(known.rejected, 0),
            coalesce(known.other_unit, 0),
            coalesce(known.declared_elsewhere, 0)
        ) AS part
    WHERE gap.shortfall > 0
),

gone AS (
    DELETE FROM tally.gap_cause AS standing
    WHERE NOT EXISTS (
        SELECT FROM found
        WHERE
            found.unit_code = standing.unit_code
            AND found.given_on = standing.given_on
            AND found.vaccine = standing.vaccine
            AND found.dose_number = standing.dose_number
    )
)

INSERT INTO tally.gap_cause (
    unit_code,
    given_on,
    vaccine,
    dose_number,
    shortfall,
    held,
    rejected,
    other_unit,
    declared_elsewhere,
    never_received
)
SELECT
    found.unit_code,
    found.given_on,
    found.vaccine,
    found.dose_number,
    found.shortfall,
    found.held,
    found.rejected,
    found.other_unit,
    found.declared_elsewhere,
    found.never_received
FROM found
EXCEPT
SELECT
    standing.unit_code,
    standing.given_on,
    standing.vaccine,
    standing.dose_number,
    standing.shortfall,
    standing.held,
    standing.rejected,
    standing.other_unit,
    standing.declared_elsewhere,
    standing.never_received
FROM tally.gap_cause AS standing
ON CONFLICT (unit_code, given_on, vaccine, dose_number) DO UPDATE
    SET
        shortfall = excluded.shortfall,
        held = excluded.held,
        rejected = excluded.rejected,
        other_unit = excluded.other_unit,
        declared_elsewhere = excluded.declared_elsewhere,
        never_received = excluded.never_received
