-- What the units reported giving. Every revision is kept.
CREATE SCHEMA stats;

CREATE TABLE stats.report (
    report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_code text NOT NULL REFERENCES reference.unit (unit_code),
    given_on date NOT NULL,
    -- both null: the line of a nil report for the whole unit-day
    vaccine text REFERENCES reference.vaccine (code),
    dose_number smallint CHECK (dose_number BETWEEN 1 AND 5),
    doses_given integer NOT NULL CHECK (doses_given >= 0),
    revision integer NOT NULL CHECK (revision > 0),
    source text NOT NULL CHECK (source IN ('department', 'unit')),
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    row_number integer NOT NULL,
    received_at timestamptz NOT NULL,
    received_on date NOT NULL,
    -- true: this figure became 0 because of a nil report
    nil boolean NOT NULL DEFAULT false,
    CHECK ((vaccine IS NULL) = (dose_number IS NULL)),
    CHECK (vaccine IS NOT NULL OR (nil AND doses_given = 0)),
    CHECK (NOT nil OR doses_given = 0),
    CONSTRAINT report_revision UNIQUE NULLS NOT DISTINCT (unit_code, given_on, vaccine, dose_number, revision)
);
-- Nil reports are few: whether one is in force is looked up among these alone.
CREATE INDEX report_nil ON stats.report (unit_code, given_on, report_id) WHERE vaccine IS NULL;
CREATE INDEX report_received ON stats.report (unit_code, received_on);

-- The figures known at the end of a day: for each key its last revision, and the line (vaccine null) of every nil
-- report in force. A nil report is in force until a positive figure for its unit-day comes in after it.
CREATE FUNCTION stats.report_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    doses_given integer,
    revision integer,
    source text,
    upload_id bigint,
    row_number integer,
    received_at timestamptz,
    received_on date,
    nil_in_force boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH nil_day AS (
        SELECT nil.unit_code, nil.given_on
        FROM stats.report AS nil
        WHERE nil.vaccine IS NULL AND nil.received_on <= report_as_of.as_of
        GROUP BY nil.unit_code, nil.given_on
        HAVING NOT EXISTS (
            SELECT FROM stats.report AS positive
            WHERE
                positive.unit_code = nil.unit_code
                AND positive.given_on = nil.given_on
                AND positive.doses_given > 0
                AND positive.received_on <= report_as_of.as_of
                AND positive.report_id > max(nil.report_id)
        )
    ),

    latest AS (
        SELECT DISTINCT ON (report.unit_code, report.given_on, report.vaccine, report.dose_number) report.*
        FROM stats.report
        WHERE report.received_on <= report_as_of.as_of
        ORDER BY report.unit_code, report.given_on, report.vaccine, report.dose_number, report.revision DESC
    )

    SELECT
        latest.unit_code,
        latest.given_on,
        latest.vaccine,
        latest.dose_number,
        latest.doses_given,
        latest.revision,
        latest.source,
        latest.upload_id,
        latest.row_number,
        latest.received_at,
        latest.received_on,
        nil_day.unit_code IS NOT NULL AS nil_in_force
    FROM latest
    LEFT JOIN nil_day ON latest.unit_code = nil_day.unit_code AND latest.given_on = nil_day.given_on
    WHERE latest.vaccine IS NOT NULL OR nil_day.unit_code IS NOT NULL;
END;

CREATE VIEW stats.current_report AS
SELECT
    unit_code,
    given_on,
    vaccine,
    dose_number,
    doses_given,
    revision,
    source,
    upload_id,
    row_number,
    received_at,
    received_on,
    nil_in_force
FROM stats.report_as_of('infinity');
