-- The rows of a batch that came out otherwise than before: passed, held, rejected for other reasons.
CREATE TEMPORARY TABLE batch_changed (
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    outcome_before text NOT NULL,
    outcome text NOT NULL,
    PRIMARY KEY (upload_id, row_number)
) ON COMMIT DROP
