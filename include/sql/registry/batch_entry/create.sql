-- Working tables of one batch.
-- batch_identity: the rows to decide and what they are compared by. batch_pass: in which order, where corrections stand
-- among them. batch_signature: who they say they are, once each;
-- `sig` is the seq of the first row that says so. batch_key: what a person could be found by. batch_link: whom the keys
-- lead to. batch_entry: the rows with their persons, as they are decided. batch_other: the other doses of each new
-- dose's person.
CREATE TEMPORARY TABLE batch_identity (
    seq bigint NOT NULL,
    sig bigint NOT NULL,
    -- over the fields that say who it is
    identity_hash uuid NOT NULL,
    -- over every canonical field except action, record_id and note
    file_hash uuid NOT NULL,
    -- the same with record_id and note: what the registry compares
    entry_hash uuid NOT NULL,
    -- the first row of the file and pass with the same file_hash; itself where it is the first
    first_seq bigint NOT NULL,
    pass integer NOT NULL,
    remark_pass integer NOT NULL,
    -- registry.given_marks of its name
    given_marks text
) ON COMMIT DROP;

-- When each row is decided, in a batch with corrections only; without a line here a row belongs to pass 1.
CREATE TEMPORARY TABLE batch_pass (
    seq bigint PRIMARY KEY,
    pass integer NOT NULL,
    -- the last pass with rows of the same file that it is tied to: then what is odd about it is judged
    remark_pass integer NOT NULL
) ON COMMIT DROP;

-- Every number that a batch with corrections sends, under whatever name: counted as of its file, not as of its pass.
CREATE TEMPORARY TABLE batch_sent (
    kind text NOT NULL,
    value text NOT NULL,
    name_key text NOT NULL,
    birth_year numeric NOT NULL,
    upload_id bigint NOT NULL
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_entry (
    seq bigint PRIMARY KEY,
    sig bigint NOT NULL,
    action text NOT NULL,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    unit_code text NOT NULL,
    vaccine text NOT NULL,
    dose_number smallint NOT NULL,
    given_on date NOT NULL,
    -- the row says new in so many words: it may bring back what was withdrawn
    is_explicit boolean NOT NULL,
    -- null where the row's belongs to somebody else
    record_id text,
    note text,
    file_hash uuid NOT NULL,
    entry_hash uuid NOT NULL,
    first_seq bigint NOT NULL,
    pass integer NOT NULL,
    remark_pass integer NOT NULL,
    -- rows of one person within two days of each other meet one after the other; all others in turn 1
    turn integer,
    person_id bigint,
    -- the person is new and has no other row and no declared dose here: nothing to meet
    alone boolean NOT NULL,
    outcome text,
    rule text,
    reuses_record_id boolean NOT NULL DEFAULT FALSE,
    -- the dose of the registry that the row repeats or changes
    own_dose_id bigint,
    met_dose_ids bigint[]
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_signature (
    sig bigint PRIMARY KEY,
    upload_id bigint NOT NULL,
    name_key text NOT NULL,
    name_block bigint NOT NULL GENERATED ALWAYS AS (registry.name_block(name_key)) STORED,
    given_marks text,
    birth_date date NOT NULL,
    birth_date_latest date NOT NULL,
    birth_date_precision text NOT NULL,
    sex text NOT NULL,
    phone text,
    district_code text,
    ward text,
    -- open, held, matched, new
    state text NOT NULL DEFAULT 'open',
    round integer,
    person_id bigint,
    candidates bigint[] NOT NULL DEFAULT '{}',
    hold_rule text NOT NULL DEFAULT 'record.identity_conflict',
    -- found or held by likeness: [{"person_id": …, "score": …, "levels": {…}}, …], the best first
    likeness jsonb
) ON COMMIT DROP;

-- Signatures of the batch that resemble each other, both ways: what an earlier one founds, a later one may be.
CREATE TEMPORARY TABLE batch_near (
    sig bigint NOT NULL,
    other_sig bigint NOT NULL
) ON COMMIT DROP;

-- Whom the open signatures of a round may resemble that no key leads anywhere: persons of the same blocks.
CREATE TEMPORARY TABLE batch_found (
    sig bigint NOT NULL,
    person_id bigint NOT NULL,
    -- the person was sent with the signature's phone
    by_phone boolean NOT NULL,
    -- the birth dates may be one, or there is more than a name in common: place or phone
    is_close boolean NOT NULL,
    -- the person of the record that an update changes
    is_own boolean NOT NULL DEFAULT FALSE
) ON COMMIT DROP;

-- Whom open signatures that no key leads anywhere resemble, round by round.
CREATE TEMPORARY TABLE batch_candidate (
    sig bigint NOT NULL,
    round integer NOT NULL,
    person_id bigint NOT NULL,
    score real NOT NULL,
    levels jsonb NOT NULL,
    -- what agrees is of a kind that may merge by itself
    may_merge boolean NOT NULL
) ON COMMIT DROP;

-- Phones that stand for more than 20 persons, and the upload since which that is known.
CREATE TEMPORARY TABLE batch_shared_phone (
    phone text PRIMARY KEY,
    since_upload_id bigint NOT NULL
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_key (
    sig bigint NOT NULL,
    -- cccd, cmnd, passport, health_insurance; name_phone: name, birth date and phone; weak: name, birth date, place
    kind text NOT NULL,
    value text NOT NULL,
    is_number boolean NOT NULL,
    trusted boolean NOT NULL,
    -- several signatures of the batch have it
    repeated boolean NOT NULL,
    -- three or more different persons were sent with it, as of the signature's file
    shared boolean NOT NULL DEFAULT FALSE
) ON COMMIT DROP;

-- Numbers that three or more different persons were sent with, and the upload since which that is known.
CREATE TEMPORARY TABLE batch_shared (
    kind text NOT NULL,
    value text NOT NULL,
    since_upload_id bigint NOT NULL,
    PRIMARY KEY (kind, value)
) ON COMMIT DROP;

-- What is known of the shared ones: the names and birth dates they were sent with, whom that was found to be, and by
-- which signature of the batch; 0: before it. What a later signature says, an earlier one must not hear.
CREATE TEMPORARY TABLE batch_claim (
    kind text NOT NULL,
    value text NOT NULL,
    name_key text NOT NULL,
    birth_date date NOT NULL,
    birth_date_latest date NOT NULL,
    person_id bigint NOT NULL,
    since_sig bigint NOT NULL
) ON COMMIT DROP;

-- The open signatures on shared numbers: whether somebody holds it, whether any holder agrees in name or birth date,
-- and whether an earlier open signature could still change either answer or be the same person.
CREATE TEMPORARY TABLE batch_crowd (
    sig bigint NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    is_held boolean NOT NULL,
    agrees boolean NOT NULL,
    waits boolean NOT NULL
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_link (
    sig bigint NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    is_number boolean NOT NULL,
    person_id bigint NOT NULL,
    -- the person holds the number in trust
    belongs boolean NOT NULL,
    -- in name or birth date
    agrees boolean NOT NULL,
    -- the key, with what agrees, makes it the same person
    matches boolean NOT NULL,
    -- a number with which name and birth date both agree: stronger than a match of one of them
    is_whole boolean NOT NULL DEFAULT FALSE
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_other (
    seq bigint NOT NULL,
    -- the new dose itself
    own_vaccine text NOT NULL,
    own_dose_number smallint NOT NULL,
    own_given_on date NOT NULL,
    source text NOT NULL,
    vaccine text NOT NULL,
    dose_number smallint NOT NULL,
    given_on date NOT NULL,
    -- it arrived before the row
    is_before boolean NOT NULL,
    -- of those given earlier, the nearest in time
    is_previous boolean NOT NULL
) ON COMMIT DROP;

-- Rows that change or withdraw an earlier record, and what they found.
CREATE TEMPORARY TABLE batch_correction (
    seq bigint PRIMARY KEY,
    pass integer NOT NULL,
    action text NOT NULL,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    -- the dose it names; is_void: withdrawn already
    dose_id bigint,
    is_void boolean NOT NULL DEFAULT FALSE,
    person_id bigint,
    -- the held record it names, as it was read; of a held update, the record that it would have resulted in
    held_record jsonb,
    -- no other unit has a dose of the person in effect
    only_ours boolean NOT NULL DEFAULT FALSE,
    -- the record as it stood
    base jsonb,
    -- something of it differs now; of who it is
    changes boolean NOT NULL DEFAULT FALSE,
    changes_person boolean NOT NULL DEFAULT FALSE,
    -- null: not decided yet
    outcome text,
    rule text
) ON COMMIT DROP;

-- The units whose records a sender of corrections may change: its own (level 0) and those below it.
CREATE TEMPORARY TABLE batch_own_unit (
    sender_unit_code text NOT NULL,
    unit_code text NOT NULL,
    level integer NOT NULL,
    PRIMARY KEY (sender_unit_code, unit_code)
) ON COMMIT DROP;

-- The held rows that corrections name, with the record that each would have made, in the order they came.
CREATE TEMPORARY TABLE batch_waiting (
    seq bigint NOT NULL,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    record jsonb NOT NULL
) ON COMMIT DROP;

-- The records that a pass's updates result in.
CREATE TEMPORARY TABLE batch_result (
    LIKE intake.staged_row,
    seq bigint PRIMARY KEY
) ON COMMIT DROP
