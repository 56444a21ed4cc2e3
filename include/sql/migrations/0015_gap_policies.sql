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

-- Rows of uploads that stood open at the end of a day, and those that the Department had settled by then because
-- another unit's dose stands: each with why its dose is not entered. Also rows without a whole key.
-- A row waits from the day it was received until the business day of what closed it, or of the last decision on it. It
-- is held from the day its review was opened, and rejected before or else. Rows of a quarantined file wait with it.
CREATE FUNCTION tally.waiting_row_as_of(as_of date) RETURNS TABLE (
    upload_id bigint,
    row_number integer,
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    cause text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH kept AS (
        SELECT
            sent_row.upload_id,
            sent_row.row_number,
            coalesce(sent_row.unit_code, sent.unit_code) AS unit_code,
            sent_row.given_on,
            sent_row.vaccine,
            sent_row.dose_number,
            sent_row.outcome,
            sent.status,
            -- what the last decision by then made of it; null: nobody had decided, or the decision was taken back
            CASE WHEN decided.decision <> 'reopen' AND decided.outcome <> 'held' THEN decided.outcome END AS settled_as,
            CASE
                WHEN sent_row.closed_at IS NOT NULL
                    THEN coalesce(
                        closing.received_on,
                        again.passed_on,
                        CAST(sent_row.closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
                    )
            END AS closed_on
        FROM intake.row AS sent_row
        INNER JOIN intake.upload AS sent ON sent_row.upload_id = sent.upload_id
        LEFT JOIN intake.upload AS closing ON sent_row.closed_by_upload_id = closing.upload_id
        LEFT JOIN LATERAL (
            SELECT max(reprocess.as_of) AS passed_on
            FROM intake.reprocess
            WHERE
                reprocess.upload_id = sent_row.upload_id
                AND sent_row.outcome NOT IN ('rejected', 'held')
                AND NOT EXISTS (
                    SELECT FROM registry.review
                    WHERE review.upload_id = sent_row.upload_id AND review.row_number = sent_row.row_number
                )
        ) AS again ON true
        LEFT JOIN LATERAL (
            SELECT step.decision, step.outcome
            FROM registry.review
            INNER JOIN registry.review_decision AS step ON review.review_id = step.review_id
            WHERE
                review.upload_id = sent_row.upload_id
                AND review.row_number = sent_row.row_number
                AND step.decided_on <= waiting_row_as_of.as_of
            ORDER BY step.review_decision_id DESC
            LIMIT 1
        ) AS decided ON true
        WHERE
            sent.kind = 'upload'
            AND sent.received_on <= waiting_row_as_of.as_of
            -- kept so that it can be asked again who its person is: it was entered at once and never waited
            AND (sent_row.outcome IN ('rejected', 'held') OR sent_row.closed_at IS DISTINCT FROM sent.received_at)
            AND (
                sent.status = 'loaded'
                OR sent.upload_id IN (
                    SELECT refused.upload_id
                    FROM intake.quarantined_as_of(waiting_row_as_of.as_of) AS refused
                    WHERE NOT refused.is_discarded
                )
            )
            -- a change or a withdrawal would enter no further dose
            AND coalesce(sent_row.canonical ->> 'action', 'new') = 'new'
            -- nobody's gap is explained by a unit that may not enter for it
            AND NOT EXISTS (
                SELECT FROM intake.row_issue AS issue
                WHERE
                    issue.upload_id = sent_row.upload_id
                    AND issue.row_number = sent_row.row_number
                    AND issue.rule = 'unit.mismatch'
            )
    )

    SELECT
        kept.upload_id,
        kept.row_number,
        kept.unit_code,
        kept.given_on,
        kept.vaccine,
        kept.dose_number,
        CASE
            WHEN kept.settled_as IS NOT NULL THEN 'other_unit'
            WHEN
                kept.status = 'loaded'
                AND (
                    EXISTS (
                        SELECT FROM registry.review
                        WHERE
                            review.upload_id = kept.upload_id
                            AND review.row_number = kept.row_number
                            AND review.opened_on <= waiting_row_as_of.as_of
                    )
                    OR (
                        kept.outcome = 'held'
                        AND NOT EXISTS (
                            SELECT FROM registry.review
                            WHERE review.upload_id = kept.upload_id AND review.row_number = kept.row_number
                        )
                    )
                )
                THEN 'held'
            ELSE 'rejected'
        END AS cause
    FROM kept
    WHERE
        (kept.settled_as IS NULL AND coalesce(kept.closed_on, 'infinity') > waiting_row_as_of.as_of)
        OR (
            kept.settled_as IN ('duplicate', 'rejected')
            AND EXISTS (
                SELECT FROM registry.review
                INNER JOIN registry.dose AS credited ON credited.dose_id = any(review.candidate_dose_ids)
                WHERE
                    review.upload_id = kept.upload_id
                    AND review.row_number = kept.row_number
                    AND review.rule = 'record.same_dose_other_unit'
                    AND credited.source = 'administered'
                    AND credited.unit_code <> kept.unit_code
                    AND credited.received_on <= waiting_row_as_of.as_of
                    AND coalesce(credited.voided_on, 'infinity') > waiting_row_as_of.as_of
            )
        );
END;

-- As before, with rows of quarantined files, and by what each row was on that day.
CREATE OR REPLACE FUNCTION tally.gap_evidence_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    held integer,
    rejected integer,
    other_unit integer,
    declared_elsewhere integer
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- a name that several units share says nothing
    WITH named AS (
        SELECT tally.fold_place(unit.name) AS place, min(unit.unit_code) AS unit_code
        FROM reference.unit
        GROUP BY tally.fold_place(unit.name)
        HAVING count(*) = 1
    ),

    declared AS (
        SELECT named.unit_code, dose.given_on, dose.vaccine, dose.dose_number
        FROM registry.dose
        INNER JOIN named ON tally.fold_place(dose.place) = named.place
        LEFT JOIN registry.dose AS entered ON dose.superseded_by = entered.dose_id
        WHERE
            dose.source = 'declared'
            AND dose.place IS NOT NULL
            AND dose.received_on <= gap_evidence_as_of.as_of
            AND coalesce(dose.voided_on, 'infinity') > gap_evidence_as_of.as_of
            AND coalesce(entered.received_on, 'infinity') > gap_evidence_as_of.as_of
            AND dose.unit_code <> named.unit_code
    ),

    found AS (
        SELECT waiting.unit_code, waiting.given_on, waiting.vaccine, waiting.dose_number, waiting.cause
        FROM tally.waiting_row_as_of(gap_evidence_as_of.as_of) AS waiting
        WHERE
            waiting.given_on IS NOT NULL AND waiting.vaccine IS NOT NULL AND waiting.dose_number IS NOT NULL
        UNION ALL
        SELECT declared.unit_code, declared.given_on, declared.vaccine, declared.dose_number, 'declared_elsewhere'
        FROM declared
    )

    SELECT
        found.unit_code,
        found.given_on,
        found.vaccine,
        found.dose_number,
        CAST(count(*) FILTER (WHERE found.cause = 'held') AS integer) AS held,
        CAST(count(*) FILTER (WHERE found.cause = 'rejected') AS integer) AS rejected,
        CAST(count(*) FILTER (WHERE found.cause = 'other_unit') AS integer) AS other_unit,
        CAST(count(*) FILTER (WHERE found.cause = 'declared_elsewhere') AS integer) AS declared_elsewhere
    FROM found
    GROUP BY found.unit_code, found.given_on, found.vaccine, found.dose_number;
END;

-- What a unit sent that belongs to no key: rejected rows without a date, vaccine or number that can be read (a row may
-- lack more than one), and refused files of which no row was kept. It stands beside the causes, in none of them.
CREATE FUNCTION tally.unassigned_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    rows bigint,
    rows_without_date bigint,
    rows_without_vaccine bigint,
    rows_without_dose_number bigint,
    files bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH found AS (
        SELECT
            waiting.unit_code,
            1 AS rows,
            CAST(waiting.given_on IS NULL AS integer) AS without_date,
            CAST(waiting.vaccine IS NULL AS integer) AS without_vaccine,
            CAST(waiting.dose_number IS NULL AS integer) AS without_dose_number,
            0 AS files
        FROM tally.waiting_row_as_of(unassigned_as_of.as_of) AS waiting
        WHERE
            waiting.cause = 'rejected'
            AND (waiting.given_on IS NULL OR waiting.vaccine IS NULL OR waiting.dose_number IS NULL)
        UNION ALL
        SELECT refused.unit_code, 0, 0, 0, 0, 1
        FROM intake.quarantined_as_of(unassigned_as_of.as_of) AS waiting
        INNER JOIN intake.upload AS refused ON waiting.upload_id = refused.upload_id
        WHERE
            NOT waiting.is_discarded
            AND refused.kind = 'upload'
            AND NOT EXISTS (SELECT FROM intake.row AS kept WHERE kept.upload_id = refused.upload_id)
    )

    SELECT
        found.unit_code,
        sum(found.rows) AS rows,
        sum(found.without_date) AS rows_without_date,
        sum(found.without_vaccine) AS rows_without_vaccine,
        sum(found.without_dose_number) AS rows_without_dose_number,
        sum(found.files) AS files
    FROM found
    GROUP BY found.unit_code;
END;

-- The administered doses known at the end of a day, one by one, each as it and its person stood then.
-- A person who was found since to be another one counts as that one.
CREATE FUNCTION tally.dose_as_of(as_of date) RETURNS TABLE (
    dose_id bigint,
    person_id bigint,
    name_key text,
    birth_date date,
    birth_date_precision text,
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH changed_since AS (
        SELECT DISTINCT ON (history.dose_id) history.dose_id, history.dose, history.person
        FROM registry.dose_history AS history
        WHERE history.change = 'updated' AND history.changed_on > dose_as_of.as_of
        ORDER BY history.dose_id, history.dose_history_id
    )

    SELECT
        dose.dose_id, dose.person_id, person.name_key, person.birth_date, person.birth_date_precision,
        dose.unit_code, dose.given_on, dose.vaccine, dose.dose_number
    FROM registry.dose
    INNER JOIN registry.person ON dose.person_id = person.person_id
    WHERE
        dose.source = 'administered'
        AND dose.received_on <= dose_as_of.as_of
        AND (dose.voided_on IS NULL OR dose.voided_on > dose_as_of.as_of)
        AND NOT EXISTS (SELECT FROM changed_since WHERE changed_since.dose_id = dose.dose_id)
    UNION ALL
    SELECT
        earlier.dose_id, earlier.person_id, known.name_key, known.birth_date, known.birth_date_precision,
        earlier.unit_code, earlier.given_on, earlier.vaccine, earlier.dose_number
    FROM changed_since
    CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS registry.dose), changed_since.dose) AS earlier
    CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS registry.person), changed_since.person) AS known
    WHERE
        earlier.source = 'administered'
        AND earlier.received_on <= dose_as_of.as_of
        AND (earlier.voided_on IS NULL OR earlier.voided_on > dose_as_of.as_of);
END;

-- Why more is entered than was reported, key by key: the excess (surplus, or all that is entered where nobody reported)
-- split into likely causes, the more telling evidence first, each capped by what is left.
-- One shortfall may speak for more than one excess. likely_*: the largest shortfall that speaks for a part.
CREATE FUNCTION tally.surplus_cause_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    state text,
    reported integer,
    entered integer,
    excess integer,
    duplicate_persons integer,
    wrong_vaccine_or_dose integer,
    wrong_date integer,
    wrong_unit integer,
    nil_report integer,
    missing_report integer,
    unexplained integer,
    likely_vaccine text,
    likely_dose_number smallint,
    likely_given_on date,
    likely_unit_code text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH gap AS MATERIALIZED (
        SELECT
            known.*,
            CASE WHEN known.state = 'no_report' THEN known.entered ELSE known.surplus END AS excess
        FROM tally.entry_gap_on(surplus_cause_as_of.as_of) AS known
        WHERE known.shortfall > 0 OR known.surplus > 0 OR known.state = 'no_report'
    ),

    beyond AS (SELECT * FROM gap WHERE gap.excess > 0),

    short AS (SELECT * FROM gap WHERE gap.shortfall > 0),

    -- doses of the days concerned, by what says that two persons are one: name and full birth date
    named AS (
        SELECT
            dose.unit_code, dose.given_on, dose.vaccine, dose.dose_number, dose.name_key, dose.birth_date,
            dose.person_id
        FROM tally.dose_as_of(surplus_cause_as_of.as_of) AS dose
        WHERE
            dose.birth_date_precision = 'day'
            AND (dose.unit_code, dose.given_on) IN (SELECT beyond.unit_code, beyond.given_on FROM beyond)
    ),

    twice AS (
        SELECT
            named.unit_code, named.given_on, named.name_key, named.birth_date,
            count(DISTINCT named.person_id) - 1 AS spare
        FROM named
        GROUP BY named.unit_code, named.given_on, named.name_key, named.birth_date
        HAVING count(DISTINCT named.person_id) > 1
    ),

    duplicate AS (
        SELECT
            held.unit_code, held.given_on, held.vaccine, held.dose_number, sum(least(held.doses, held.spare)) AS doses
        FROM (
            SELECT
                named.unit_code, named.given_on, named.vaccine, named.dose_number, count(*) AS doses,
                min(twice.spare) AS spare
            FROM named
            INNER JOIN twice
                ON
                    named.unit_code = twice.unit_code
                    AND named.given_on = twice.given_on
                    AND named.name_key = twice.name_key
                    AND named.birth_date = twice.birth_date
            GROUP BY
                named.unit_code, named.given_on, named.vaccine, named.dose_number, named.name_key, named.birth_date
        ) AS held
        GROUP BY held.unit_code, held.given_on, held.vaccine, held.dose_number
    ),

    other_key AS (
        SELECT
            beyond.unit_code, beyond.given_on, beyond.vaccine, beyond.dose_number, sum(short.shortfall) AS doses,
            (array_agg(short.vaccine ORDER BY short.shortfall DESC, short.vaccine, short.dose_number))[1]
                AS likely_vaccine,
            (array_agg(short.dose_number ORDER BY short.shortfall DESC, short.vaccine, short.dose_number))[1]
                AS likely_dose_number
        FROM beyond
        INNER JOIN short ON beyond.unit_code = short.unit_code AND beyond.given_on = short.given_on
        GROUP BY beyond.unit_code, beyond.given_on, beyond.vaccine, beyond.dose_number
    ),

    -- three days either way, or the day and month the other way round
    other_day AS (
        SELECT
            beyond.unit_code, beyond.given_on, beyond.vaccine, beyond.dose_number, sum(short.shortfall) AS doses,
            (array_agg(short.given_on ORDER BY short.shortfall DESC, abs(short.given_on - beyond.given_on)))[1]
                AS likely_given_on
        FROM beyond
        INNER JOIN short
            ON
                beyond.unit_code = short.unit_code
                AND beyond.vaccine = short.vaccine
                AND beyond.dose_number = short.dose_number
                AND beyond.given_on <> short.given_on
        WHERE
            abs(short.given_on - beyond.given_on) <= 3
            OR to_char(short.given_on, 'YYYYMMDD') = to_char(beyond.given_on, 'YYYYDDMM')
        GROUP BY beyond.unit_code, beyond.given_on, beyond.vaccine, beyond.dose_number
    ),

    -- the unit above, those below, and those below the same one
    kin AS (
        SELECT unit.unit_code, other.unit_code AS kin_code
        FROM reference.unit
        INNER JOIN reference.unit AS other
            ON
                unit.unit_code <> other.unit_code
                AND (
                    unit.parent_unit_code = other.unit_code
                    OR unit.unit_code = other.parent_unit_code
                    OR unit.parent_unit_code = other.parent_unit_code
                )
    ),

    other_unit AS (
        SELECT
            beyond.unit_code, beyond.given_on, beyond.vaccine, beyond.dose_number, sum(short.shortfall) AS doses,
            (array_agg(short.unit_code ORDER BY short.shortfall DESC, short.unit_code))[1] AS likely_unit_code
        FROM beyond
        INNER JOIN kin ON beyond.unit_code = kin.unit_code
        INNER JOIN short
            ON
                kin.kin_code = short.unit_code
                AND beyond.given_on = short.given_on
                AND beyond.vaccine = short.vaccine
                AND beyond.dose_number = short.dose_number
        GROUP BY beyond.unit_code, beyond.given_on, beyond.vaccine, beyond.dose_number
    ),

    upto AS (
        SELECT
            beyond.*,
            least(beyond.excess, coalesce(duplicate.doses, 0)) AS to_persons,
            least(beyond.excess, coalesce(duplicate.doses, 0) + coalesce(other_key.doses, 0)) AS to_key,
            least(
                beyond.excess,
                coalesce(duplicate.doses, 0) + coalesce(other_key.doses, 0) + coalesce(other_day.doses, 0)
            ) AS to_day,
            least(
                beyond.excess,
                coalesce(duplicate.doses, 0) + coalesce(other_key.doses, 0) + coalesce(other_day.doses, 0)
                + coalesce(other_unit.doses, 0)
            ) AS to_unit,
            other_key.likely_vaccine,
            other_key.likely_dose_number,
            other_day.likely_given_on,
            other_unit.likely_unit_code
        FROM beyond
        LEFT JOIN duplicate
            ON
                beyond.unit_code = duplicate.unit_code
                AND beyond.given_on = duplicate.given_on
                AND beyond.vaccine = duplicate.vaccine
                AND beyond.dose_number = duplicate.dose_number
        LEFT JOIN other_key
            ON
                beyond.unit_code = other_key.unit_code
                AND beyond.given_on = other_key.given_on
                AND beyond.vaccine = other_key.vaccine
                AND beyond.dose_number = other_key.dose_number
        LEFT JOIN other_day
            ON
                beyond.unit_code = other_day.unit_code
                AND beyond.given_on = other_day.given_on
                AND beyond.vaccine = other_day.vaccine
                AND beyond.dose_number = other_day.dose_number
        LEFT JOIN other_unit
            ON
                beyond.unit_code = other_unit.unit_code
                AND beyond.given_on = other_unit.given_on
                AND beyond.vaccine = other_unit.vaccine
                AND beyond.dose_number = other_unit.dose_number
    )

    SELECT
        upto.unit_code,
        upto.given_on,
        upto.vaccine,
        upto.dose_number,
        upto.state,
        upto.reported,
        upto.entered,
        upto.excess,
        CAST(upto.to_persons AS integer) AS duplicate_persons,
        CAST(upto.to_key - upto.to_persons AS integer) AS wrong_vaccine_or_dose,
        CAST(upto.to_day - upto.to_key AS integer) AS wrong_date,
        CAST(upto.to_unit - upto.to_day AS integer) AS wrong_unit,
        CAST(CASE upto.state WHEN 'nil_report' THEN upto.excess - upto.to_unit ELSE 0 END AS integer) AS nil_report,
        CAST(CASE upto.state WHEN 'no_report' THEN upto.excess - upto.to_unit ELSE 0 END AS integer) AS missing_report,
        CAST(CASE upto.state WHEN 'reported' THEN upto.excess - upto.to_unit ELSE 0 END AS integer) AS unexplained,
        CASE WHEN upto.to_key > upto.to_persons THEN upto.likely_vaccine END AS likely_vaccine,
        CASE WHEN upto.to_key > upto.to_persons THEN upto.likely_dose_number END AS likely_dose_number,
        CASE WHEN upto.to_day > upto.to_key THEN upto.likely_given_on END AS likely_given_on,
        CASE WHEN upto.to_unit > upto.to_day THEN upto.likely_unit_code END AS likely_unit_code
    FROM upto;
END;
