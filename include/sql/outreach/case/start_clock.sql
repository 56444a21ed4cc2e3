-- Clocks that stand start today, against what is missing today on the days that are not answered.
WITH started AS (
    UPDATE outreach."case" AS open
    SET clock_on = :as_of
    WHERE open.clock_on IS NULL AND open.state = 'open' AND open.level > 0
    RETURNING open.case_id, open.unit_code
)

UPDATE outreach.case_day AS counted
SET
    clock_missing = (
        SELECT short.missing
        FROM batch_short AS short
        WHERE
            short.unit_code = started.unit_code
            AND short.given_on = counted.given_on
            AND short.answered_until IS NULL
    )
FROM started
WHERE started.case_id = counted.case_id
