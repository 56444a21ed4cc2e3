-- Two persons who are both registered and are found to be one. Whom a number, name or phone of the merged one leads to
-- is the one that is kept; the merged one stays as it was, so that it can be parted again.
ALTER TABLE registry.review_decision
ALTER COLUMN review_id DROP NOT NULL,
-- the pair that a decision without a review is about: with person_id, who is kept; null: parted again
ADD COLUMN merged_person_id bigint REFERENCES registry.person (person_id),
DROP CONSTRAINT review_decision_decision_check,
DROP CONSTRAINT review_decision_check,
DROP CONSTRAINT review_decision_check1,
ADD CONSTRAINT review_decision_decision_check CHECK (decision IN (
    'same_person', 'new_person', 'keep_this', 'keep_other', 'keep_both', 'apply', 'drop', 'reopen', 'judged_again',
    'merge_persons', 'keep_apart', 'part_persons'
)),
ADD CONSTRAINT review_decision_person_check CHECK (
    (decision IN ('same_person', 'merge_persons', 'keep_apart')) <= (person_id IS NOT NULL)
),
-- merge_persons: also {"moved", "withdrawn"}, ids of doses
ADD CONSTRAINT review_decision_before_check CHECK (
    (decision IN ('same_person', 'merge_persons')) = (before IS NOT NULL)
),
ADD CONSTRAINT review_decision_pair_check CHECK (
    (decision IN ('merge_persons', 'keep_apart', 'part_persons')) = (review_id IS NULL)
    AND (review_id IS NULL) = (merged_person_id IS NOT NULL)
);
CREATE INDEX review_decision_merged ON registry.review_decision (merged_person_id) WHERE merged_person_id IS NOT NULL;
-- Few: every round of a batch reads them all.
CREATE INDEX person_merged ON registry.person (merged_into_person_id) WHERE merged_into_person_id IS NOT NULL;

-- Registered persons who may be one, as the search through the whole registry found them.
CREATE TABLE registry.person_pair (
    person_id bigint NOT NULL REFERENCES registry.person (person_id) ON DELETE CASCADE,
    other_person_id bigint NOT NULL REFERENCES registry.person (person_id) ON DELETE CASCADE,
    -- as registry.review_candidate
    score real NOT NULL,
    levels jsonb NOT NULL,
    found_on date NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'merged', 'apart')),
    PRIMARY KEY (person_id, other_person_id),
    CHECK (person_id < other_person_id)
);
CREATE INDEX person_pair_other ON registry.person_pair (other_person_id);
CREATE INDEX person_pair_open ON registry.person_pair (found_on) WHERE status = 'open';
