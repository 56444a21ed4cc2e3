-- The tables of one batch of report lines; see intake/batch_row/create.
CREATE TEMPORARY TABLE batch_report_row (
    LIKE intake.staged_report_row,
    seq bigint PRIMARY KEY,
    -- null: not decided yet
    outcome text,
    -- when the figure counts as received; null: with its file
    received_at timestamptz
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_issue (
    seq bigint NOT NULL,
    rule text NOT NULL,
    column_name text,
    value text,
    message_values jsonb
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
    CAST(NULL AS bigint) AS dose_id,
    FALSE AS is_kept,
    FALSE AS is_dropped,
    to_jsonb(b) - ARRAY[
        'shard', 'seq', 'upload_id', 'row_number', 'sheet', 'line', 'original', 'outcome', 'received_at'
    ] AS canonical
FROM batch_report_row AS b;
