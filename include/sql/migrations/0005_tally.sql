-- Entered against reported.
CREATE SCHEMA tally;

-- The registry's administered doses by key, as known at the end of a day: received by then and not voided by then.
-- One index-only pass over registry.dose, put right for the few doses that were changed after that day: those count
-- as they stood before (their earliest later history), not as they stand now.
CREATE FUNCTION tally.entered_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    entered integer
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH changed_since AS (
        SELECT DISTINCT ON (history.dose_id) history.dose_id, history.dose
        FROM registry.dose_history AS history
        INNER JOIN intake.upload ON history.changed_by_upload_id = upload.upload_id
        WHERE history.change = 'updated' AND upload.received_on > entered_as_of.as_of
        ORDER BY history.dose_id, history.dose_history_id
    ),

    counted AS (
        SELECT dose.unit_code, dose.given_on, dose.vaccine, dose.dose_number, count(*) AS doses
        FROM registry.dose
        WHERE
            dose.source = 'administered'
            AND dose.received_on <= entered_as_of.as_of
            AND (dose.voided_on IS NULL OR dose.voided_on > entered_as_of.as_of)
        GROUP BY dose.unit_code, dose.given_on, dose.vaccine, dose.dose_number
        UNION ALL
        SELECT state.unit_code, state.given_on, state.vaccine, state.dose_number, state.doses
        FROM changed_since
        INNER JOIN registry.dose AS present ON changed_since.dose_id = present.dose_id
        CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS registry.dose), changed_since.dose) AS earlier
        CROSS JOIN
            LATERAL (
                VALUES
                (
                    present.unit_code, present.given_on, present.vaccine, present.dose_number, present.source,
                    present.received_on, present.voided_on, -1
                ),
                (
                    earlier.unit_code, earlier.given_on, earlier.vaccine, earlier.dose_number, earlier.source,
                    earlier.received_on, earlier.voided_on, 1
                )
            ) AS state (unit_code, given_on, vaccine, dose_number, source, received_on, voided_on, doses)
        WHERE
            state.source = 'administered'
            AND state.received_on <= entered_as_of.as_of
            AND (state.voided_on IS NULL OR state.voided_on > entered_as_of.as_of)
    )

    SELECT
        counted.unit_code,
        counted.given_on,
        counted.vaccine,
        counted.dose_number,
        CAST(sum(counted.doses) AS integer) AS entered
    FROM counted
    GROUP BY counted.unit_code, counted.given_on, counted.vaccine, counted.dose_number
    HAVING sum(counted.doses) > 0;
END;

-- Entered against reported at the end of a day: one row for each key with a current figure or an entered dose.
-- A nil report in force speaks for every key of its unit-day, also those that never had a line; with neither a figure
-- nor a dose it makes no row. A figure that a nil report took to 0 stays 0, plainly reported, when that nil ends.
CREATE FUNCTION tally.entry_gap_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    reported integer,
    entered integer,
    shortfall integer,
    surplus integer,
    entry_ratio numeric,
    state text,
    band text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH report AS MATERIALIZED (
        SELECT known.unit_code, known.given_on, known.vaccine, known.dose_number, known.doses_given
        FROM stats.report_as_of(entry_gap_as_of.as_of) AS known
    ),

    keyed AS (
        SELECT
            coalesce(figure.unit_code, dose.unit_code) AS unit_code,
            coalesce(figure.given_on, dose.given_on) AS given_on,
            coalesce(figure.vaccine, dose.vaccine) AS vaccine,
            coalesce(figure.dose_number, dose.dose_number) AS dose_number,
            figure.doses_given,
            coalesce(dose.entered, 0) AS entered
        FROM (SELECT * FROM report WHERE report.vaccine IS NOT NULL) AS figure
        FULL JOIN tally.entered_as_of(entry_gap_as_of.as_of) AS dose
            ON
                figure.unit_code = dose.unit_code
                AND figure.given_on = dose.given_on
                AND figure.vaccine = dose.vaccine
                AND figure.dose_number = dose.dose_number
    ),

    compared AS (
        SELECT
            keyed.*,
            CASE WHEN nil.unit_code IS NULL THEN keyed.doses_given ELSE 0 END AS reported,
            CASE
                WHEN nil.unit_code IS NOT NULL THEN 'nil_report'
                WHEN keyed.doses_given IS NOT NULL THEN 'reported'
                ELSE 'no_report'
            END AS state
        FROM keyed
        LEFT JOIN report AS nil
            ON keyed.unit_code = nil.unit_code AND keyed.given_on = nil.given_on AND nil.vaccine IS NULL
    )

    SELECT
        compared.unit_code,
        compared.given_on,
        compared.vaccine,
        compared.dose_number,
        compared.reported,
        compared.entered,
        -- greatest() passes over null: without a report both are 0
        greatest(compared.reported - compared.entered, 0) AS shortfall,
        greatest(compared.entered - compared.reported, 0) AS surplus,
        CAST(compared.entered AS numeric) / nullif(compared.reported, 0) AS entry_ratio,
        compared.state,
        -- in whole numbers: a rounded ratio would move the edges
        CASE
            WHEN compared.reported IS NULL OR compared.reported = 0 THEN NULL
            WHEN compared.entered = 0 THEN 'none'
            WHEN CAST(compared.entered AS bigint) * 100 < CAST(compared.reported AS bigint) * 50 THEN 'critical'
            WHEN CAST(compared.entered AS bigint) * 100 < CAST(compared.reported AS bigint) * 90 THEN 'low'
            WHEN compared.entered < compared.reported THEN 'near'
            WHEN CAST(compared.entered AS bigint) * 100 <= CAST(compared.reported AS bigint) * 110 THEN 'complete'
            ELSE 'surplus'
        END AS band
    FROM compared;
END;

-- The outcome for the last as-of day, which is the latest in tally.reconciliation; written by tally.reconcile alone.
-- The day stands there and not in every row here: a new day then rewrites only the rows that it changes.
CREATE TABLE tally.entry_gap (
    unit_code text NOT NULL REFERENCES reference.unit (unit_code),
    given_on date NOT NULL,
    vaccine text NOT NULL,
    dose_number smallint NOT NULL,
    -- null: nobody reported on this key
    reported integer CHECK (reported >= 0),
    entered integer NOT NULL CHECK (entered >= 0),
    shortfall integer NOT NULL,
    surplus integer NOT NULL,
    entry_ratio numeric,
    state text NOT NULL CHECK (state IN ('no_report', 'nil_report', 'reported')),
    -- a class of entry_ratio, and null where that is
    band text CHECK (band IN ('none', 'critical', 'low', 'near', 'complete', 'surplus')),
    -- given_on + grace < as_of: what is missing can be asked for
    due boolean NOT NULL,
    PRIMARY KEY (unit_code, given_on, vaccine, dose_number),
    CHECK ((state = 'no_report') = (reported IS NULL)),
    CHECK (state <> 'nil_report' OR reported = 0),
    CHECK (shortfall = greatest(reported - entered, 0)),
    CHECK (surplus = greatest(entered - reported, 0)),
    CHECK ((entry_ratio IS NULL) = (reported IS NULL OR reported = 0)),
    CHECK ((band IS NULL) = (entry_ratio IS NULL))
);
CREATE INDEX entry_gap_short ON tally.entry_gap (unit_code, given_on) WHERE shortfall > 0;

-- What the last reconciliation of each day came to.
CREATE TABLE tally.reconciliation (
    as_of date PRIMARY KEY,
    grace_days integer NOT NULL CHECK (grace_days >= 0),
    reconciled_at timestamptz NOT NULL DEFAULT now(),
    -- with a figure or a dose
    units integer NOT NULL DEFAULT 0,
    keys integer NOT NULL DEFAULT 0,
    keys_reported integer NOT NULL DEFAULT 0,
    keys_nil_report integer NOT NULL DEFAULT 0,
    keys_no_report integer NOT NULL DEFAULT 0,
    -- over keys with a figure; what was entered at the others is entered_unreported
    reported bigint NOT NULL DEFAULT 0,
    entered bigint NOT NULL DEFAULT 0,
    shortfall bigint NOT NULL DEFAULT 0,
    surplus bigint NOT NULL DEFAULT 0,
    entered_unreported bigint NOT NULL DEFAULT 0,
    -- over due days: what mails are about
    due_shortfall bigint NOT NULL DEFAULT 0,
    units_in_shortfall integer NOT NULL DEFAULT 0,
    CHECK (keys = keys_reported + keys_nil_report + keys_no_report),
    CHECK (reported - entered = shortfall - surplus),
    CHECK (due_shortfall <= shortfall)
);

-- Any day: the table's own day from the table, another one worked out.
CREATE FUNCTION tally.entry_gap_on(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    reported integer,
    entered integer,
    shortfall integer,
    surplus integer,
    entry_ratio numeric,
    state text,
    band text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        gap.unit_code, gap.given_on, gap.vaccine, gap.dose_number, gap.reported, gap.entered, gap.shortfall,
        gap.surplus, gap.entry_ratio, gap.state, gap.band
    FROM tally.entry_gap AS gap
    WHERE (SELECT max(record.as_of) FROM tally.reconciliation AS record) = entry_gap_on.as_of
    UNION ALL
    SELECT
        gap.unit_code, gap.given_on, gap.vaccine, gap.dose_number, gap.reported, gap.entered, gap.shortfall,
        gap.surplus, gap.entry_ratio, gap.state, gap.band
    FROM tally.entry_gap_as_of(entry_gap_on.as_of) AS gap
    WHERE (SELECT max(record.as_of) FROM tally.reconciliation AS record) IS DISTINCT FROM entry_gap_on.as_of;
END;
