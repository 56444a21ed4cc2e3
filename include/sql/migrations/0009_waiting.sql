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

-- What a person decided on a refused file: back into the inbox, to be judged afresh, or not waited for any more.
CREATE TABLE intake.quarantine_decision (
    quarantine_decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    decision text NOT NULL CHECK (decision IN ('retried', 'discarded')),
    reason text CHECK (reason <> ''),
    decided_by text NOT NULL CHECK (decided_by <> ''),
    -- the business day
    decided_on date NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    -- retried: the upload that the file became; null: no run has taken it in yet
    became_upload_id bigint REFERENCES intake.upload (upload_id),
    CHECK (decision = 'retried' OR (reason IS NOT NULL AND became_upload_id IS NULL))
);
CREATE INDEX quarantine_decision_upload ON intake.quarantine_decision (upload_id);

-- Refused files that still waited at the end of a day. The last word on a name, or on the bytes, counts: any later
-- file of the same sender and kind with either takes the place of an earlier one, and is listed itself where it was
-- refused again. Left out too: a file of which every row was corrected since. What was discarded waits for nobody.
CREATE FUNCTION intake.quarantined_as_of(as_of date) RETURNS TABLE (upload_id bigint, is_discarded boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        refused.upload_id,
        refused.upload_id IN (
            SELECT decided.upload_id
            FROM intake.quarantine_decision AS decided
            WHERE decided.decision = 'discarded' AND decided.decided_on <= quarantined_as_of.as_of
        ) AS is_discarded
    FROM intake.upload AS refused
    WHERE
        refused.status = 'quarantined'
        AND refused.received_on <= quarantined_as_of.as_of
        AND NOT EXISTS (
            SELECT FROM intake.upload AS later
            WHERE
                later.upload_id > refused.upload_id
                AND later.received_on <= quarantined_as_of.as_of
                AND coalesce(later.unit_code, '') = coalesce(refused.unit_code, '')
                AND later.kind = refused.kind
                AND later.file_name = refused.file_name
        )
        AND NOT EXISTS (
            SELECT FROM intake.upload AS later
            WHERE
                later.upload_id > refused.upload_id
                AND later.received_on <= quarantined_as_of.as_of
                AND coalesce(later.unit_code, '') = coalesce(refused.unit_code, '')
                AND later.kind = refused.kind
                AND later.sha256 = refused.sha256
        )
        AND (
            NOT EXISTS (SELECT FROM intake.row AS kept WHERE kept.upload_id = refused.upload_id)
            OR EXISTS (
                SELECT FROM intake.row AS kept
                WHERE kept.upload_id = refused.upload_id AND kept.closed_at IS NULL
            )
        );
END;

-- where the file was moved to; null: it lies in its drop folder still. Other than archive_path: it is to be moved on
ALTER TABLE intake.upload ADD COLUMN lies_at text;
UPDATE intake.upload SET lies_at = archive_path WHERE finished_at IS NOT NULL;

-- Whether day 0 of a workbook's serial dates is 1904-01-01: its kept cells are read again by it.
ALTER TABLE intake.staged_file ADD COLUMN dates_from_1904 boolean NOT NULL DEFAULT false;
ALTER TABLE intake.upload ADD COLUMN dates_from_1904 boolean NOT NULL DEFAULT false;

-- Uploads of which rejected rows were judged again and came out otherwise.
CREATE TABLE intake.reprocess (
    reprocess_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id bigint NOT NULL REFERENCES intake.upload (upload_id),
    -- the rule whose rows were asked for
    rule text NOT NULL REFERENCES reference.rule (code),
    -- the business day: what passed is known to the registry since then
    as_of date NOT NULL,
    processed_at timestamptz NOT NULL,
    previous_ruleset_id bigint REFERENCES intake.ruleset (ruleset_id),
    ruleset_id bigint NOT NULL REFERENCES intake.ruleset (ruleset_id),
    rows_judged integer NOT NULL CHECK (rows_judged >= 0),
    -- not rejected any more
    rows_passed integer NOT NULL CHECK (rows_passed BETWEEN 0 AND rows_judged),
    -- the whole file came out of quarantine
    released boolean NOT NULL
);
CREATE INDEX reprocess_upload ON intake.reprocess (upload_id);
