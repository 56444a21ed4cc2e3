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
