-- The tables of one batch of vaccination records: the staged rows of consecutive files in the order of the contract,
-- the remarks on them, what is to be reviewed or closed, and one narrow view in which every later step reads the
-- verdicts.
CREATE TEMPORARY TABLE batch_row (
    LIKE intake.staged_row,
    seq bigint PRIMARY KEY,
    -- null: not decided yet
    outcome text,
    person_id bigint,
    dose_id bigint
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_issue (
    seq bigint NOT NULL,
    rule text NOT NULL,
    column_name text,
    value text,
    message_values jsonb
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_review (
    seq bigint NOT NULL,
    rule text,
    candidate_person_ids bigint[] NOT NULL DEFAULT '{}',
    candidate_dose_ids bigint[] NOT NULL DEFAULT '{}',
    -- the dose that a held update would change
    target_dose_id bigint,
    -- whom it resembles: [{"person_id": …, "score": …, "levels": {…}}, …]
    likeness jsonb
) ON COMMIT DROP;

-- Held rows that a correction has taken the place of, or has withdrawn; those of the batch itself among them.
CREATE TEMPORARY TABLE batch_closed (
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    by_upload_id bigint NOT NULL,
    by_row_number integer NOT NULL,
    PRIMARY KEY (upload_id, row_number)
) ON COMMIT DROP;

-- What reviewers have decided on rows that are judged again.
CREATE TEMPORARY TABLE batch_ruling (
    seq bigint PRIMARY KEY,
    -- somebody new, or this person
    is_new boolean NOT NULL DEFAULT FALSE,
    person_id bigint,
    -- who it is goes back to review, with this rule
    held_rule text,
    -- beside the doses that it meets
    keeps_both boolean NOT NULL DEFAULT FALSE,
    -- it may bring back what was withdrawn
    is_explicit boolean NOT NULL DEFAULT FALSE,
    -- not applied, for this reason
    closed_as text,
    closed_rule text,
    -- the dose that stands in its place
    closed_dose_id bigint
) ON COMMIT DROP;

-- Doses that a reviewer takes out of effect, with those declared with them, and the row for which.
CREATE TEMPORARY TABLE batch_yielded (
    dose_id bigint PRIMARY KEY,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL
) ON COMMIT DROP;

-- Doses that rows which are judged again made before: they are in effect again, or stay withdrawn.
CREATE TEMPORARY TABLE batch_made (
    seq bigint PRIMARY KEY,
    dose_id bigint NOT NULL
) ON COMMIT DROP;

-- Rows that are kept though they are loaded: of persons about whom a reviewer decided.
CREATE TEMPORARY TABLE batch_kept (
    seq bigint PRIMARY KEY
) ON COMMIT DROP;

CREATE TEMPORARY VIEW batch_verdict AS
SELECT
    b.seq,
    b.upload_id,
    b.row_number,
    b.sheet,
    b.line,
    b.outcome,
    b.unit_code,
    b.given_on,
    b.received_on,
    b.vaccine,
    b.dose_number,
    b.original,
    b.dose_id,
    b.seq IN (SELECT k.seq FROM batch_kept AS k) AS is_kept,
    b.seq IN (SELECT l.seq FROM batch_ruling AS l WHERE l.closed_as IS NOT NULL) AS is_dropped,
    to_jsonb(b) - ARRAY[
        'shard', 'seq', 'upload_id', 'row_number', 'sheet', 'line', 'original', 'outcome', 'person_id', 'dose_id'
    ] AS canonical
FROM batch_row AS b;
