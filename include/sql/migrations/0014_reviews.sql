-- Lineage: from any dose to its file and row, from any row to its dose or its reason; and reviews that are settled.

-- Doses and changes are written in the order of their uploads: an index of a few pages finds a file's, and costs a load
-- next to nothing. Rows that are judged again lie at the end, and widen a few ranges.
CREATE INDEX dose_upload ON registry.dose USING brin (upload_id) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX dose_history_upload
ON registry.dose_history USING brin (changed_by_upload_id) WITH (pages_per_range = 16, autosummarize = on);

-- The dose that a row repeats, changes or withdraws, or would have; null: it made one (registry.dose has its number),
-- or names none. Bookkeeping, as in registry.person without a foreign key.
ALTER TABLE intake.row_issue ADD COLUMN dose_id bigint;
CREATE INDEX row_issue_voids ON intake.row_issue (dose_id) WHERE outcome = 'voided';
-- Rows that are kept though they made no dose and wait for nothing: few.
CREATE INDEX row_repeating ON intake.row (outcome) WHERE outcome IN ('updated', 'duplicate');

-- When the row was last judged; null: when it came. What it met may have changed since.
ALTER TABLE registry.review ADD COLUMN judged_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX review_persons ON registry.review USING gin (candidate_person_ids) WHERE status = 'open';
CREATE INDEX review_row ON registry.review (upload_id, row_number);

-- Who decided what on a held row, when and why; never changed but for what undid it.
CREATE TABLE registry.review_decision (
    review_decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    review_id bigint NOT NULL REFERENCES registry.review (review_id),
    -- keep_this: the row, and the other dose is withdrawn; keep_other: the dose on record;
    -- apply, drop: as sent, or not; judged_again: by itself, since what it met has changed
    decision text NOT NULL CHECK (decision IN (
        'same_person', 'new_person', 'keep_this', 'keep_other', 'keep_both', 'apply', 'drop', 'reopen', 'judged_again'
    )),
    -- same_person: who it is; new_person: whom the row founded
    person_id bigint REFERENCES registry.person (person_id),
    decided_by text NOT NULL CHECK (decided_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    -- the business day
    decided_on date NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    -- same_person: {"person", "identifiers", "claims"} as they stood before
    before jsonb,
    -- what became of the row then
    outcome text CHECK (outcome IN ('loaded', 'updated', 'voided', 'duplicate', 'held', 'rejected')),
    -- the decision that reopened the review
    undone_by bigint REFERENCES registry.review_decision (review_decision_id),
    CHECK ((decision = 'same_person') <= (person_id IS NOT NULL)),
    CHECK ((decision = 'same_person') = (before IS NOT NULL))
);
CREATE INDEX review_decision_review ON registry.review_decision (review_id);
-- Rows of these persons are kept, so that each can be asked again who it is.
CREATE INDEX review_decision_person ON registry.review_decision (person_id) WHERE undone_by IS NULL;
