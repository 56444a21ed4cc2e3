-- The day's short days of open units beyond tolerance; gone with the transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS batch_short (
    unit_code text NOT NULL,
    given_on date NOT NULL,
    missing bigint NOT NULL,
    -- the last day on which the unit's own answer covers it; null: it is not answered
    answered_until date,
    PRIMARY KEY (unit_code, given_on)
) ON COMMIT DROP;
TRUNCATE batch_short;
