-- The tally as of the last reconciliation, in the form of the answer key.
SELECT
    unit_code,
    CAST(given_on AS text) AS given_on,
    vaccine,
    CAST(dose_number AS text) AS dose_number,
    coalesce(CAST(reported AS text), '') AS reported,
    CAST(entered AS text) AS entered,
    CAST(shortfall AS text) AS shortfall,
    CAST(surplus AS text) AS surplus,
    state
FROM tally.entry_gap
