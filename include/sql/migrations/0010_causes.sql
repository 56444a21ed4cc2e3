-- Why doses are missing: each key's shortfall, split by what is known of it.

-- A place in a person's words, or a unit's name, as they are compared: lower case, no diacritics, letters and digits.
CREATE FUNCTION tally.fold_place(place text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(replace(lower(normalize(place, nfd)), 'đ', 'd'), '[^a-z0-9]', '', 'g');

CREATE INDEX dose_declared_place ON registry.dose (received_on) WHERE source = 'declared' AND place IS NOT NULL;

-- What was known, at the end of a day, of doses that are not entered at a key: rows that wait, and declarations.
CREATE FUNCTION tally.gap_evidence_as_of(as_of date) RETURNS TABLE (
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
    WITH waiting AS (
        SELECT
            kept.unit_code,
            kept.given_on,
            kept.vaccine,
            kept.dose_number,
            CASE
                -- passed when it was judged again, after this day
                WHEN kept.outcome NOT IN ('rejected', 'held') THEN 'rejected'
                WHEN
                    kept.outcome = 'held'
                    AND EXISTS (
                        SELECT FROM registry.review
                        INNER JOIN registry.dose AS credited ON credited.dose_id = any(review.candidate_dose_ids)
                        WHERE
                            review.upload_id = kept.upload_id
                            AND review.row_number = kept.row_number
                            AND review.rule = 'record.same_dose_other_unit'
                            AND credited.source = 'administered'
                            AND credited.unit_code <> kept.unit_code
                            AND credited.received_on <= gap_evidence_as_of.as_of
                            AND coalesce(credited.voided_on, 'infinity') > gap_evidence_as_of.as_of
                    )
                    THEN 'other_unit'
                ELSE kept.outcome
            END AS cause
        FROM intake.row AS kept
        INNER JOIN intake.upload AS sent ON kept.upload_id = sent.upload_id
        LEFT JOIN intake.upload AS closing ON kept.closed_by_upload_id = closing.upload_id
        LEFT JOIN LATERAL (
            SELECT max(reprocess.as_of) AS passed_on
            FROM intake.reprocess
            WHERE
                reprocess.upload_id = kept.upload_id
                AND NOT reprocess.released
                AND kept.outcome NOT IN ('rejected', 'held')
        ) AS again ON true
        WHERE
            sent.kind = 'upload'
            AND sent.status = 'loaded'
            AND sent.received_on <= gap_evidence_as_of.as_of
            AND kept.unit_code IS NOT NULL
            AND kept.given_on IS NOT NULL
            AND kept.vaccine IS NOT NULL
            AND kept.dose_number IS NOT NULL
            -- a change or a withdrawal would enter no further dose
            AND coalesce(kept.canonical ->> 'action', 'new') = 'new'
            AND (
                (kept.closed_at IS NULL AND kept.outcome IN ('rejected', 'held'))
                -- the business day of what closed it; a reviewer's day is the city's
                OR coalesce(
                    closing.received_on,
                    again.passed_on,
                    CAST(kept.closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
                ) > gap_evidence_as_of.as_of
            )
            -- nobody's gap is explained by a unit that may not enter for it
            AND NOT EXISTS (
                SELECT FROM intake.row_issue AS issue
                WHERE
                    issue.upload_id = kept.upload_id
                    AND issue.row_number = kept.row_number
                    AND issue.rule = 'unit.mismatch'
            )
    ),

    -- a name that several units share says nothing
    named AS (
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
        FROM waiting
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

-- The parts of a shortfall, in their order, each capped by what is left.
CREATE FUNCTION tally.split_shortfall(
    shortfall integer, held integer, rejected integer, other_unit integer, declared_elsewhere integer
) RETURNS TABLE (held integer, rejected integer, other_unit integer, declared_elsewhere integer, never_received integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        upto.held AS held,
        upto.rejected - upto.held AS rejected,
        upto.other_unit - upto.rejected AS other_unit,
        upto.declared - upto.other_unit AS declared_elsewhere,
        split_shortfall.shortfall - upto.declared AS never_received
    FROM (
        SELECT
            least(split_shortfall.shortfall, $2) AS held,
            least(split_shortfall.shortfall, $2 + $3) AS rejected,
            least(split_shortfall.shortfall, $2 + $3 + $4) AS other_unit,
            least(split_shortfall.shortfall, $2 + $3 + $4 + $5) AS declared
    ) AS upto;
END;

-- One row for each key that falls short at the end of a day.
CREATE FUNCTION tally.gap_cause_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    shortfall integer,
    held integer,
    rejected integer,
    other_unit integer,
    declared_elsewhere integer,
    never_received integer
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT gap.unit_code, gap.given_on, gap.vaccine, gap.dose_number, gap.shortfall, part.*
    FROM tally.entry_gap_as_of(gap_cause_as_of.as_of) AS gap
    LEFT JOIN tally.gap_evidence_as_of(gap_cause_as_of.as_of) AS known
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
    WHERE gap.shortfall > 0;
END;

-- As tally.entry_gap: the last as-of day, written by tally.reconcile alone.
CREATE TABLE tally.gap_cause (
    unit_code text NOT NULL REFERENCES reference.unit (unit_code),
    given_on date NOT NULL,
    vaccine text NOT NULL,
    dose_number smallint NOT NULL,
    shortfall integer NOT NULL CHECK (shortfall > 0),
    held integer NOT NULL CHECK (held >= 0),
    rejected integer NOT NULL CHECK (rejected >= 0),
    other_unit integer NOT NULL CHECK (other_unit >= 0),
    declared_elsewhere integer NOT NULL CHECK (declared_elsewhere >= 0),
    never_received integer NOT NULL CHECK (never_received >= 0),
    PRIMARY KEY (unit_code, given_on, vaccine, dose_number),
    CONSTRAINT parts_add_up CHECK (shortfall = held + rejected + other_unit + declared_elsewhere + never_received)
);
INSERT INTO tally.gap_cause
SELECT cause.*
FROM (SELECT max(record.as_of) AS as_of FROM tally.reconciliation AS record) AS latest
CROSS JOIN LATERAL tally.gap_cause_as_of(latest.as_of) AS cause
WHERE latest.as_of IS NOT NULL;

-- Any day: the table's own day from the table, another one worked out.
CREATE FUNCTION tally.gap_cause_on(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    shortfall integer,
    held integer,
    rejected integer,
    other_unit integer,
    declared_elsewhere integer,
    never_received integer
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT standing.*
    FROM tally.gap_cause AS standing
    WHERE (SELECT max(record.as_of) FROM tally.reconciliation AS record) = gap_cause_on.as_of
    UNION ALL
    SELECT known.*
    FROM tally.gap_cause_as_of(gap_cause_on.as_of) AS known
    WHERE (SELECT max(record.as_of) FROM tally.reconciliation AS record) IS DISTINCT FROM gap_cause_on.as_of;
END;
