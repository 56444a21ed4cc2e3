-- Corrections: what recognises a record that was changed since, and which dose a held correction is about.

-- What a record is compared by: every canonical field but record id and note (file_hash), and these two. As text of a
-- row, so that a missing value and an empty one never look the same.
CREATE FUNCTION registry.entry_hash(file_hash uuid, record_id text, note text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CAST(md5(CAST(ROW(file_hash, record_id, note) AS text)) AS uuid);

-- The day on which a change was received. A row that is judged again changes the registry long after its upload came.
ALTER TABLE registry.dose_history ADD COLUMN changed_on date;
UPDATE registry.dose_history AS h
SET changed_on = u.received_on
FROM intake.upload AS u
WHERE h.changed_by_upload_id = u.upload_id;
ALTER TABLE registry.dose_history ALTER COLUMN changed_on SET NOT NULL;

-- A row equal to an earlier state of a record is found without asking who it is: the person may have been corrected.
CREATE INDEX dose_history_entry ON registry.dose_history (entry_hash);
-- A record's earlier ids stay its own.
CREATE INDEX dose_history_record_id
ON registry.dose_history ((dose ->> 'unit_code'), (dose ->> 'record_id')) WHERE dose ->> 'record_id' IS NOT NULL;

ALTER TABLE registry.dose_history DROP CONSTRAINT dose_history_change_check;
ALTER TABLE registry.dose_history
-- restored: a declared dose is in effect again, as the dose that had taken its place no longer is
ADD CONSTRAINT dose_history_change_check CHECK (change IN ('updated', 'voided', 'superseded', 'restored'));

CREATE INDEX dose_voided ON registry.dose (person_id) WHERE voided_at IS NOT NULL;
-- A declared dose has the upload and row of the dose it came with.
CREATE INDEX dose_declared_with ON registry.dose (upload_id, row_number) WHERE source = 'declared';
CREATE INDEX dose_superseded_by ON registry.dose (superseded_by) WHERE superseded_by IS NOT NULL;

-- The dose that a held update would change.
ALTER TABLE registry.review ADD COLUMN target_dose_id bigint REFERENCES registry.dose (dose_id);
CREATE INDEX review_target ON registry.review (target_dose_id) WHERE status = 'open' AND target_dose_id IS NOT NULL;
CREATE INDEX dose_history_changed ON registry.dose_history (changed_on) WHERE change = 'updated';

-- As before, by the day on which a change was received: a dose that was moved to another unit, day, vaccine or number
-- counts where it stood at the end of the day asked for.
CREATE OR REPLACE FUNCTION tally.entered_as_of(as_of date) RETURNS TABLE (
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    entered integer
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH changed_since AS (
        SELECT DISTINCT ON (history.dose_id) history.dose_id, history.dose
        FROM registry.dose_history AS history
        WHERE history.change = 'updated' AND history.changed_on > entered_as_of.as_of
        ORDER BY history.dose_id, history.dose_history_id
    ),

    counted AS (
        SELECT dose.unit_code, dose.given_on, dose.vaccine, dose.dose_number, count(*) AS doses
        FROM registry.dose
        WHERE
            dose.source = 'administered'
            AND dose.received_on <= entered_as_of.as_of
            AND (dose.voided_on IS NULL OR dose.voided_on > entered_as_of.as_of)
        GROUP BY dose.unit_code, dose.given_on, dose.vaccine, dose.dose_number
        UNION ALL
        SELECT state.unit_code, state.given_on, state.vaccine, state.dose_number, state.doses
        FROM changed_since
        INNER JOIN registry.dose AS present ON changed_since.dose_id = present.dose_id
        CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS registry.dose), changed_since.dose) AS earlier
        CROSS JOIN
            LATERAL (
                VALUES
                (
                    present.unit_code, present.given_on, present.vaccine, present.dose_number, present.source,
                    present.received_on, present.voided_on, -1
                ),
                (
                    earlier.unit_code, earlier.given_on, earlier.vaccine, earlier.dose_number, earlier.source,
                    earlier.received_on, earlier.voided_on, 1
                )
            ) AS state (unit_code, given_on, vaccine, dose_number, source, received_on, voided_on, doses)
        WHERE
            state.source = 'administered'
            AND state.received_on <= entered_as_of.as_of
            AND (state.voided_on IS NULL OR state.voided_on > entered_as_of.as_of)
    )

    SELECT
        counted.unit_code,
        counted.given_on,
        counted.vaccine,
        counted.dose_number,
        CAST(sum(counted.doses) AS integer) AS entered
    FROM counted
    GROUP BY counted.unit_code, counted.given_on, counted.vaccine, counted.dose_number
    HAVING sum(counted.doses) > 0;
END;
