-- Who was vaccinated, with what, when and where.
CREATE SCHEMA registry;

CREATE TABLE registry.person (
    person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    -- lower case, no diacritics, single spaces: the form in which names are compared
    name_key text NOT NULL,
    sex text NOT NULL CHECK (sex IN ('male', 'female')),
    -- the first day of the month or year where only that is known
    birth_date date NOT NULL,
    birth_date_precision text NOT NULL CHECK (birth_date_precision IN ('day', 'month', 'year')),
    -- the last day that the birth date can mean
    birth_date_latest date NOT NULL GENERATED ALWAYS AS (
        CASE birth_date_precision
            WHEN 'day' THEN birth_date
            WHEN 'month' THEN CAST(birth_date + INTERVAL '1 month' - INTERVAL '1 day' AS date)
            ELSE CAST(birth_date + INTERVAL '1 year' - INTERVAL '1 day' AS date)
        END
    ) STORED,
    -- the last one sent; phones: every one, since any of them, with name and birth date, finds the person again
    phone text,
    phones text[] NOT NULL DEFAULT '{}',
    address text,
    ward text,
    district_code text,
    province text,
    priority_group text,
    -- Bookkeeping, without a foreign key: checking it would cost as much as the row itself.
    created_by_upload_id bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- room for the de-duplication of persons: who this one was found to be
    merged_into_person_id bigint REFERENCES registry.person (person_id)
);
CREATE INDEX person_name_birth ON registry.person (name_key, birth_date);

CREATE TABLE registry.person_identifier (
    person_id bigint NOT NULL REFERENCES registry.person (person_id),
    kind text NOT NULL CHECK (kind IN ('cccd', 'cmnd', 'passport', 'health_insurance')),
    -- health insurance: the last 10 digits
    value text NOT NULL,
    -- false: contradicts the person's sex or birth year, or belonged to somebody else first; never a match alone
    trusted boolean NOT NULL,
    -- false: it came under another name or birth date, of a row that another key led here; see identifier_claim
    under_own_name boolean NOT NULL DEFAULT true,
    -- as created_by_upload_id
    upload_id bigint NOT NULL,
    PRIMARY KEY (kind, value, person_id)
);
CREATE UNIQUE INDEX person_identifier_owner ON registry.person_identifier (kind, value) WHERE trusted;
CREATE INDEX person_identifier_person ON registry.person_identifier (person_id);

-- Persons other than its holder under whose name a number was sent: three or more different persons on one
-- number, and it merges nobody by itself.
CREATE TABLE registry.identifier_claim (
    kind text NOT NULL,
    value text NOT NULL,
    name_key text NOT NULL,
    birth_date date NOT NULL,
    birth_date_latest date NOT NULL,
    -- whom the rows under that name were found to be while the number still told; null: nobody, they were held
    person_id bigint REFERENCES registry.person (person_id),
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    PRIMARY KEY (kind, value, name_key, birth_date, birth_date_latest)
);

CREATE TABLE registry.dose (
    dose_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES registry.person (person_id),
    -- who gave it; for a declared dose, who took the declaration down
    unit_code text NOT NULL REFERENCES reference.unit (unit_code),
    -- a declared dose may be of another country's list
    vaccine text NOT NULL,
    dose_number smallint NOT NULL CHECK (dose_number BETWEEN 1 AND 5),
    given_on date NOT NULL,
    lot_number text,
    source text NOT NULL CHECK (source IN ('administered', 'declared')),
    record_id text,
    reaction text,
    note text,
    -- where a declared dose was given, in the person's words
    place text,
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    row_number integer NOT NULL,
    received_on date NOT NULL,
    -- MD5 over every canonical field of the row: equal rows need no comparison field by field
    entry_hash uuid NOT NULL,
    voided_at timestamptz,
    voided_on date,
    superseded_by bigint REFERENCES registry.dose (dose_id),
    CHECK ((voided_at IS NULL) = (voided_on IS NULL)),
    CHECK (superseded_by IS NULL OR source = 'declared')
);
-- In effect, a unit's record of a dose stands once.
CREATE UNIQUE INDEX dose_in_effect
ON registry.dose (person_id, given_on, vaccine, dose_number, unit_code)
WHERE source = 'administered' AND voided_at IS NULL AND superseded_by IS NULL;
CREATE UNIQUE INDEX dose_declared_in_effect
ON registry.dose (person_id, dose_number)
WHERE source = 'declared' AND voided_at IS NULL AND superseded_by IS NULL;
-- Wide enough to count the doses known on any day from the index alone; key columns, as equal keys are stored once.
CREATE INDEX dose_unit_day
ON registry.dose (unit_code, given_on, vaccine, dose_number, received_on, voided_on) WHERE source = 'administered';
CREATE INDEX dose_record_id ON registry.dose (unit_code, record_id) WHERE record_id IS NOT NULL;

-- Every earlier state of a changed or voided dose.
CREATE TABLE registry.dose_history (
    dose_history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dose_id bigint NOT NULL REFERENCES registry.dose (dose_id),
    change text NOT NULL CHECK (change IN ('updated', 'voided', 'superseded')),
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by_upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    changed_by_row_number integer NOT NULL,
    entry_hash uuid NOT NULL,
    -- the dose and its person as they stood before
    dose jsonb NOT NULL,
    person jsonb NOT NULL
);
CREATE INDEX dose_history_dose ON registry.dose_history (dose_id);

-- What is held, until it is settled.
CREATE TABLE registry.review (
    review_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- null: a correction, which breaks no rule
    rule text REFERENCES reference.rule (code),
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'settled', 'withdrawn')),
    -- whom and which doses it met; for the reviewer only, never for a unit
    candidate_person_ids bigint[] NOT NULL DEFAULT '{}',
    candidate_dose_ids bigint[] NOT NULL DEFAULT '{}',
    opened_on date NOT NULL,
    settled_at timestamptz,
    settled_by text,
    decision text,
    UNIQUE NULLS NOT DISTINCT (upload_id, row_number, rule),
    FOREIGN KEY (upload_id, row_number) REFERENCES intake.row (upload_id, row_number)
);
CREATE INDEX review_open ON registry.review (opened_on) WHERE status = 'open';
