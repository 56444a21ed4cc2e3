-- Files that came in, their verdicts, and the rows that still wait for somebody.
CREATE SCHEMA intake;

-- upload_id is drawn when a file is planned, and the row is written when its verdict commits: gaps are normal.
CREATE SEQUENCE intake.upload_id_seq;
CREATE SEQUENCE intake.shard_seq;

CREATE TABLE intake.upload (
    upload_id bigint PRIMARY KEY DEFAULT nextval('intake.upload_id_seq'),
    -- the folder's code, which may be on no list; null for the Department's all-unit files
    unit_code text,
    kind text NOT NULL CHECK (kind IN ('upload', 'report')),
    file_name text NOT NULL,
    source_path text NOT NULL,
    archive_path text NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    modified_at timestamptz NOT NULL,
    language text NOT NULL CHECK (language IN ('vi', 'en')),
    -- the file's columns as the unit wrote them, in order, and the canonical field each was read as
    header jsonb NOT NULL DEFAULT '[]',
    received_on date NOT NULL,
    received_at timestamptz NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    -- when the answer was written and the file moved; null: the next run finishes it
    finished_at timestamptz,
    status text NOT NULL CHECK (status IN ('loaded', 'quarantined', 'empty', 'repeated')),
    repeats_upload_id bigint REFERENCES intake.upload (upload_id),
    -- remarks on the file itself: [{"rule", "severity", "message"}]
    file_issues jsonb NOT NULL DEFAULT '[]',
    rows_total integer NOT NULL DEFAULT 0 CHECK (rows_total >= 0),
    rows_loaded integer NOT NULL DEFAULT 0 CHECK (rows_loaded >= 0),
    rows_updated integer NOT NULL DEFAULT 0 CHECK (rows_updated >= 0),
    rows_voided integer NOT NULL DEFAULT 0 CHECK (rows_voided >= 0),
    rows_duplicate integer NOT NULL DEFAULT 0 CHECK (rows_duplicate >= 0),
    rows_held integer NOT NULL DEFAULT 0 CHECK (rows_held >= 0),
    rows_rejected integer NOT NULL DEFAULT 0 CHECK (rows_rejected >= 0),
    rows_with_warnings integer NOT NULL DEFAULT 0 CHECK (rows_with_warnings BETWEEN 0 AND rows_total),
    issues_by_rule jsonb NOT NULL DEFAULT '{}',
    timeliness jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT conservation CHECK (
        rows_total = rows_loaded + rows_updated + rows_voided + rows_duplicate + rows_held + rows_rejected
    ),
    CHECK ((status = 'repeated') = (repeats_upload_id IS NOT NULL)),
    CHECK (status NOT IN ('empty', 'repeated') OR rows_total = 0)
);
-- The same bytes of the same sender are taken in once.
CREATE UNIQUE INDEX upload_taken_in_once
ON intake.upload (coalesce(unit_code, ''), kind, sha256) WHERE status IN ('loaded', 'empty');
CREATE INDEX upload_unfinished ON intake.upload (upload_id) WHERE finished_at IS NULL;
CREATE INDEX upload_received ON intake.upload (received_on, unit_code);

-- The original and canonical values of every rejected or held row.
CREATE TABLE intake.row (
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    row_number integer NOT NULL CHECK (row_number > 0),
    sheet text,
    line integer NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('loaded', 'updated', 'voided', 'duplicate', 'held', 'rejected')),
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    -- cells in the order of upload.header
    original jsonb NOT NULL,
    canonical jsonb NOT NULL,
    -- when a later row, or a reviewer, closed it
    closed_at timestamptz,
    PRIMARY KEY (upload_id, row_number)
);
CREATE INDEX row_open ON intake.row (unit_code, given_on) WHERE closed_at IS NULL;

CREATE TABLE intake.row_issue (
    row_issue_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    -- 0: a remark on the file
    row_number integer NOT NULL CHECK (row_number >= 0),
    sheet text,
    line integer,
    outcome text CHECK (outcome IN ('loaded', 'updated', 'voided', 'duplicate', 'held', 'rejected')),
    rule text REFERENCES reference.rule (code),
    severity text CHECK (severity IN ('critical', 'warning', 'info')),
    column_name text,
    -- as the unit wrote it; identifiers and phones masked to the last 4
    value text,
    message text NOT NULL
);
CREATE INDEX row_issue_upload ON intake.row_issue (upload_id, row_number);

-- Staging: unlogged, one partition a shard, dropped when the shard's files are applied. A crash empties it, and
-- the files, still in the inbox, are then read again.
CREATE UNLOGGED TABLE intake.staged_file (
    upload_id bigint PRIMARY KEY,
    shard integer NOT NULL,
    kind text NOT NULL,
    unit_code text,
    file_name text NOT NULL,
    source_path text NOT NULL,
    -- below the archive or the quarantine folder, as the verdict will be
    kept_path text NOT NULL,
    modified_at timestamptz NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    language text NOT NULL,
    received_on date NOT NULL,
    received_at timestamptz NOT NULL,
    -- planned: not read yet; read: rows are staged; refused: file_issues say why; empty: header and no row
    state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'read', 'refused', 'empty', 'repeated')),
    repeats_upload_id bigint,
    -- judged for an answer only (vaxtally check), never applied
    check_only boolean NOT NULL DEFAULT false,
    header jsonb NOT NULL DEFAULT '[]',
    file_issues jsonb NOT NULL DEFAULT '[]',
    rows_total integer NOT NULL DEFAULT 0
);

CREATE TABLE intake.staged_row (
    shard integer NOT NULL,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    sheet text,
    line integer NOT NULL,
    -- cells as the unit wrote them, in the file's order, joined by U+001F
    original text NOT NULL,
    sender_unit_code text NOT NULL,
    received_on date NOT NULL,
    -- set only where the row is malformed (row.malformed)
    cells_found integer,
    cells_expected integer,
    -- *_text: the cell as sent (trimmed, NFC; null where empty). The column without _text: its canonical value,
    -- null where the text cannot be read as one.
    action_text text,
    action text,
    record_id text,
    unit_code_text text,
    unit_code text,
    full_name text,
    name_key text,
    sex_text text,
    sex text,
    birth_date_text text,
    birth_date date,
    birth_date_latest date,
    birth_date_precision text,
    national_id_text text,
    national_id text,
    national_id_kind text,
    national_id_repaired boolean NOT NULL,
    second_national_id text,
    second_national_id_kind text,
    health_insurance_no_text text,
    health_insurance_no text,
    health_insurance_key text,
    health_insurance_no_repaired boolean NOT NULL,
    phone_text text,
    phone text,
    phone_repaired boolean NOT NULL,
    address text,
    ward text,
    district_text text,
    district_code text,
    province_text text,
    province_is_city boolean NOT NULL,
    priority_group text,
    vaccine_text text,
    vaccine text,
    lot_number text,
    dose_number_text text,
    dose_number smallint,
    given_on_text text,
    given_on date,
    declared_dose_number_text text,
    declared_dose_number smallint,
    declared_vaccine_text text,
    declared_vaccine text,
    declared_given_on_text text,
    declared_given_on date,
    declared_place text,
    reaction text,
    note text,
    vaxtally_ref text
) PARTITION BY LIST (shard);

CREATE TABLE intake.staged_report_row (
    shard integer NOT NULL,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    sheet text,
    line integer NOT NULL,
    original text NOT NULL,
    -- null for the Department's all-unit files
    sender_unit_code text,
    received_on date NOT NULL,
    cells_found integer,
    cells_expected integer,
    unit_code_text text,
    unit_code text,
    given_on_text text,
    given_on date,
    vaccine_text text,
    vaccine text,
    dose_number_text text,
    dose_number smallint,
    doses_given_text text,
    doses_given bigint
) PARTITION BY LIST (shard);

-- One line for each row and rule that failed, in staging.
CREATE TABLE intake.staged_issue (
    shard integer NOT NULL,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    rule text NOT NULL,
    column_name text,
    value text,
    -- what fills the placeholders of the rule's message
    message_values jsonb
) PARTITION BY LIST (shard);

-- A rule's message with its placeholders filled; {reason} is taken in the unit's language. Null-safe.
CREATE FUNCTION intake.render_message(template text, message_values jsonb, language text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN strpos(template, '{') = 0 THEN template
    ELSE replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        template,
        '{value}', coalesce(message_values ->> 'value', '')
    ),
    '{row_number}', coalesce(message_values ->> 'row_number', '?')),
    '{file_name}', coalesce(message_values ->> 'file_name', '?')),
    '{dose_number}', coalesce(message_values ->> 'dose_number', '?')),
    '{days}', coalesce(message_values ->> 'days', '?')),
    '{found}', coalesce(message_values ->> 'found', '?')),
    '{expected}', coalesce(message_values ->> 'expected', '?')),
    '{previous}', coalesce(message_values ->> 'previous', '?')),
    '{reason}', coalesce(message_values ->> ('reason_' || language), message_values ->> 'reason', '?')),
    '{columns}', coalesce(message_values ->> 'columns', '?'))
END;

-- A cell that no spreadsheet takes for a formula: the apostrophe shows it as text.
CREATE FUNCTION intake.safe_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN cell ~ '^[=+@\t\r-]' THEN '''' || cell ELSE cell END;

-- An identifier or phone as it may be written down: only its last 4 characters, of a short one only its last half.
CREATE FUNCTION intake.mask_identifier(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN repeat('•', char_length(value) - least(4, char_length(value) / 2))
|| right(value, least(4, char_length(value) / 2));
