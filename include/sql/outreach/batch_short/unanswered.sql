-- The short days that no answer of the unit covers.
SELECT
    short.unit_code,
    short.given_on
FROM batch_short AS short
WHERE short.answered_until IS NULL
