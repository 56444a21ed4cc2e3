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
    target_dose_id bigint
) ON COMMIT DROP;

-- Held rows that a correction has taken the place of, or has withdrawn; those of the batch itself among them.
CREATE TEMPORARY TABLE batch_closed (
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    by_upload_id bigint NOT NULL,
    by_row_number integer NOT NULL,
    PRIMARY KEY (upload_id, row_number)
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
    to_jsonb(b) - ARRAY[
        'shard', 'seq', 'upload_id', 'row_number', 'sheet', 'line', 'original', 'outcome', 'person_id', 'dose_id'
    ] AS canonical
FROM batch_row AS b;
