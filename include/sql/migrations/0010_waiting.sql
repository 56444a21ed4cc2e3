-- Work that waits: what each file was judged by, what a person decided on refused files, rows that were judged again.

-- Rules, lists and settings as they stood together; one row for each distinct combination that judged a file.
CREATE TABLE intake.ruleset (
    ruleset_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- over everything below but first_used_at; its first 12 digits are the `rules_version` of answers
    sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    -- SHA-256 of each part: rules, suites, statements, readers, and the lists of include/reference
    parts jsonb NOT NULL,
    -- the unit list that was in force; null: none had been taken over
    unit_list_sha256 text,
    -- the settings that rules look at
    settings jsonb NOT NULL,
    vaxtally_version text NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE intake.upload
-- what its rows were last judged by; null: taken in before this was kept
ADD COLUMN ruleset_id bigint REFERENCES intake.ruleset (ruleset_id);
