-- Reference lists: who may send, what may be given, what each rule means.
-- Loaded from include/reference (and units.csv) by vaxtally.reference; every other schema points here.
CREATE SCHEMA reference;

CREATE TABLE reference.vaccine (
    code text PRIMARY KEY,
    name text NOT NULL,
    doses_in_series smallint NOT NULL CHECK (doses_in_series BETWEEN 1 AND 5),
    min_interval_days smallint CHECK (min_interval_days > 0),
    min_age smallint CHECK (min_age >= 0),
    max_age smallint CHECK (max_age >= min_age),
    approved_on date,
    booster_from date
);

-- folded: lower case, no diacritics, letters and digits only; the form in which a cell is looked up.
CREATE TABLE reference.vaccine_alias (
    folded text PRIMARY KEY,
    vaccine text NOT NULL REFERENCES reference.vaccine (code)
);

-- Vaccines of other countries, known only to declared doses: no unit here gives them.
CREATE TABLE reference.foreign_vaccine (
    code text PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE reference.vaccine_pair (
    previous text NOT NULL REFERENCES reference.vaccine (code),
    next text NOT NULL REFERENCES reference.vaccine (code),
    valid_from date NOT NULL,
    PRIMARY KEY (previous, next)
);

-- One code may name two districts one after the other (769: Quận 2, then Thành phố Thủ Đức).
CREATE TABLE reference.district (
    code text NOT NULL,
    name text NOT NULL,
    valid_from date NOT NULL DEFAULT '-infinity',
    valid_to date NOT NULL DEFAULT 'infinity',
    successor_code text,
    PRIMARY KEY (code, valid_from),
    CHECK (valid_from <= valid_to)
);

CREATE TABLE reference.rule (
    code text PRIMARY KEY,
    level text NOT NULL CHECK (level IN ('file', 'row', 'record', 'report')),
    applies_to text[] NOT NULL,
    column_name text,
    severity text NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
    -- what the rule does to a row: only the worst of a row's consequences is its outcome
    consequence text NOT NULL CHECK (
        consequence IN ('rejected', 'held', 'duplicate', 'loaded', 'quarantined', 'empty')
    ),
    -- the identifier column that a failing row is loaded without ("load without this identifier")
    drops_column text,
    message_en text NOT NULL,
    message_vi text NOT NULL
);

CREATE TABLE reference.unit (
    unit_code text PRIMARY KEY CHECK (unit_code ~ '^[A-Za-z0-9._-]{1,32}$'),
    name text NOT NULL,
    unit_type text NOT NULL CHECK (unit_type IN (
        'public_hospital', 'private_hospital', 'cdc', 'health_centre', 'district_health_office', 'private_clinic'
    )),
    district_code text,
    parent_unit_code text REFERENCES reference.unit (unit_code) DEFERRABLE INITIALLY DEFERRED,
    language text NOT NULL DEFAULT 'vi' CHECK (language IN ('vi', 'en')),
    data_officer_name text,
    data_officer_email text,
    head_name text,
    head_email text,
    opened_on date,
    closed_on date,
    -- the day the unit list last named this unit; a unit that the list no longer names stays, and is closed
    listed_on date NOT NULL
);

-- Every version of the unit list that was offered, taken over or refused.
CREATE TABLE reference.unit_list (
    unit_list_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 text NOT NULL,
    received_on date NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL CHECK (status IN ('loaded', 'refused')),
    units integer NOT NULL CHECK (units >= 0),
    reason text
);
