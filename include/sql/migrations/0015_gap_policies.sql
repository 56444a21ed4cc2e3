-- What counts as a gap, by unit type, as it was on each day; how soon doses are entered.

-- The policy of each unit type that a day was reconciled by: a mail can be explained by it a month later.
CREATE TABLE tally.gap_policy (
    as_of date NOT NULL REFERENCES tally.reconciliation (as_of),
    unit_type text NOT NULL,
    -- day D is due when D + grace_days < as_of
    grace_days integer NOT NULL CHECK (grace_days >= 0),
    -- a unit of which fewer doses are missing is no case
    min_gap integer NOT NULL CHECK (min_gap >= 1),
    -- a day of which no larger share of the reported doses is missing is complete enough
    tolerance_share numeric NOT NULL CHECK (tolerance_share >= 0 AND tolerance_share < 1),
    silent_days integer NOT NULL CHECK (silent_days >= 1),
    PRIMARY KEY (as_of, unit_type)
);

-- Earlier days knew one grace for all; of silent days there is no record, and the setting's default stands in.
INSERT INTO tally.gap_policy (as_of, unit_type, grace_days, min_gap, tolerance_share, silent_days)
SELECT record.as_of, kind.unit_type, record.grace_days, 1 AS min_gap, 0 AS tolerance_share, 3 AS silent_days
FROM tally.reconciliation AS record
CROSS JOIN
    unnest(
        ARRAY[
            'public_hospital', 'private_hospital', 'cdc', 'health_centre', 'district_health_office', 'private_clinic'
        ]
    ) AS kind (unit_type);

-- The policies of a day: those noted with its reconciliation, else the given ones, {"<unit type>": {"grace_days": …}}.
CREATE FUNCTION tally.gap_policy_on(as_of date, policies jsonb) RETURNS TABLE (
    unit_type text,
    grace_days integer,
    min_gap integer,
    tolerance_share numeric,
    silent_days integer
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT noted.unit_type, noted.grace_days, noted.min_gap, noted.tolerance_share, noted.silent_days
    FROM tally.gap_policy AS noted
    WHERE noted.as_of = gap_policy_on.as_of
    UNION ALL
    SELECT kind.unit_type, given.grace_days, given.min_gap, given.tolerance_share, given.silent_days
    FROM jsonb_each(gap_policy_on.policies) AS kind (unit_type, policy)
    CROSS JOIN
        LATERAL jsonb_to_record(kind.policy) AS given (
            grace_days integer, min_gap integer, tolerance_share numeric, silent_days integer
        )
    WHERE NOT EXISTS (SELECT FROM tally.gap_policy AS noted WHERE noted.as_of = gap_policy_on.as_of);
END;

-- The days that units are asked about: due, beyond tolerance, and of a unit of which enough is missing in all.
CREATE FUNCTION tally.short_day_on(as_of date, policies jsonb, not_before date) RETURNS TABLE (
    unit_code text,
    given_on date,
    reported bigint,
    shortfall bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH day AS (
        SELECT
            gap.unit_code,
            gap.given_on,
            sum(gap.reported) AS reported,
            sum(gap.shortfall) AS shortfall,
            min(policy.min_gap) AS min_gap
        FROM tally.entry_gap_on(short_day_on.as_of) AS gap
        INNER JOIN reference.unit ON gap.unit_code = unit.unit_code
        INNER JOIN tally.gap_policy_on(short_day_on.as_of, short_day_on.policies) AS policy
            ON unit.unit_type = policy.unit_type
        WHERE
            gap.given_on + policy.grace_days < short_day_on.as_of
            AND gap.given_on >= coalesce(short_day_on.not_before, '-infinity')
        GROUP BY gap.unit_code, gap.given_on
        HAVING sum(gap.shortfall) > 0 AND sum(gap.shortfall) > max(policy.tolerance_share) * sum(gap.reported)
    ),

    summed AS (
        SELECT day.*, sum(day.shortfall) OVER (PARTITION BY day.unit_code) AS missing
        FROM day
    )

    SELECT summed.unit_code, summed.given_on, summed.reported, summed.shortfall
    FROM summed
    WHERE summed.missing >= summed.min_gap;
END;

-- How soon doses were entered, by unit and day, as known at the end of a day. `given`: the doses known to have been
-- given, entered or missing by the report; within_<n>: those entered no later than n days after.
-- Received: when the record first came in; a dose that was moved since counts where it stood.
CREATE FUNCTION tally.timeliness_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    reported bigint,
    given bigint,
    entered bigint,
    within_1 bigint,
    within_7 bigint,
    within_14 bigint,
    missing bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH changed_since AS (
        SELECT DISTINCT ON (history.dose_id) history.dose_id, history.dose
        FROM registry.dose_history AS history
        WHERE history.change = 'updated' AND history.changed_on > timeliness_as_of.as_of
        ORDER BY history.dose_id, history.dose_history_id
    ),

    received AS (
        SELECT dose.unit_code, dose.given_on, dose.received_on, count(*) AS doses
        FROM registry.dose
        WHERE
            dose.source = 'administered'
            AND dose.received_on <= timeliness_as_of.as_of
            AND (dose.voided_on IS NULL OR dose.voided_on > timeliness_as_of.as_of)
        GROUP BY dose.unit_code, dose.given_on, dose.received_on
        UNION ALL
        SELECT state.unit_code, state.given_on, state.received_on, state.doses
        FROM changed_since
        INNER JOIN registry.dose AS present ON changed_since.dose_id = present.dose_id
        CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS registry.dose), changed_since.dose) AS earlier
        CROSS JOIN
            LATERAL (
                VALUES
                (present.unit_code, present.given_on, present.source, present.received_on, present.voided_on, -1),
                (earlier.unit_code, earlier.given_on, earlier.source, earlier.received_on, earlier.voided_on, 1)
            ) AS state (unit_code, given_on, source, received_on, voided_on, doses)
        WHERE
            state.source = 'administered'
            AND state.received_on <= timeliness_as_of.as_of
            AND (state.voided_on IS NULL OR state.voided_on > timeliness_as_of.as_of)
    ),

    entered AS (
        SELECT
            received.unit_code,
            received.given_on,
            sum(received.doses) AS doses,
            sum(received.doses) FILTER (WHERE received.received_on <= received.given_on + 1) AS within_1,
            sum(received.doses) FILTER (WHERE received.received_on <= received.given_on + 7) AS within_7,
            sum(received.doses) FILTER (WHERE received.received_on <= received.given_on + 14) AS within_14
        FROM received
        GROUP BY received.unit_code, received.given_on
        HAVING sum(received.doses) > 0
    ),

    expected AS (
        SELECT gap.unit_code, gap.given_on, sum(gap.reported) AS reported, sum(gap.shortfall) AS missing
        FROM tally.entry_gap_on(timeliness_as_of.as_of) AS gap
        GROUP BY gap.unit_code, gap.given_on
    )

    SELECT
        expected.unit_code,
        expected.given_on,
        expected.reported,
        CAST(coalesce(entered.doses, 0) + expected.missing AS bigint) AS given,
        CAST(coalesce(entered.doses, 0) AS bigint) AS entered,
        CAST(coalesce(entered.within_1, 0) AS bigint) AS within_1,
        CAST(coalesce(entered.within_7, 0) AS bigint) AS within_7,
        CAST(coalesce(entered.within_14, 0) AS bigint) AS within_14,
        expected.missing
    FROM expected
    LEFT JOIN entered ON expected.unit_code = entered.unit_code AND expected.given_on = entered.given_on;
END;
