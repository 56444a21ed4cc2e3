-- What stood open on a past day, row by row and file by file, also where it was settled, corrected or released since.

-- Every row kept of the files received by a day, as it stood at the end of it: `held` or `rejected` while it was
-- open; what the last decision by then had made of it; null where it was closed otherwise. A row is open from the day
-- it was received until the business day of what closed it. It is held from the day its review was opened, and
-- rejected before, as are the rows of a file that was refused on that day.
CREATE FUNCTION intake.row_as_of(as_of date) RETURNS TABLE (
    upload_id bigint,
    row_number integer,
    kind text,
    -- whom the row names, and who sent the file
    unit_code text,
    sender_unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    action text,
    outcome text,
    is_open boolean,
    -- the file was refused then: its rows wait as that file, if at all
    is_refused boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        kept.upload_id,
        kept.row_number,
        sent.kind,
        coalesce(kept.unit_code, sent.unit_code) AS unit_code,
        sent.unit_code AS sender_unit_code,
        kept.given_on,
        kept.vaccine,
        kept.dose_number,
        coalesce(kept.canonical ->> 'action', 'new') AS action,
        CASE
            WHEN decided.settled_as IS NOT NULL THEN decided.settled_as
            WHEN kept.closed_at IS NOT NULL AND closing.closed_on <= row_as_of.as_of THEN NULL
            WHEN file.is_refused THEN 'rejected'
            WHEN
                EXISTS (
                    SELECT FROM registry.review
                    WHERE
                        review.upload_id = kept.upload_id
                        AND review.row_number = kept.row_number
                        AND review.opened_on <= row_as_of.as_of
                )
                OR (
                    kept.outcome = 'held'
                    AND NOT EXISTS (
                        SELECT FROM registry.review
                        WHERE review.upload_id = kept.upload_id AND review.row_number = kept.row_number
                    )
                )
                THEN 'held'
            ELSE 'rejected'
        END AS outcome,
        decided.settled_as IS NULL
        AND (kept.closed_at IS NULL OR closing.closed_on > row_as_of.as_of) AS is_open,
        file.is_refused
    FROM intake.row AS kept
    INNER JOIN intake.upload AS sent ON kept.upload_id = sent.upload_id
    INNER JOIN LATERAL (
        SELECT
            sent.status = 'quarantined'
            OR sent.upload_id IN (
                SELECT reprocess.upload_id
                FROM intake.reprocess
                WHERE reprocess.released AND reprocess.as_of > row_as_of.as_of
            ) AS is_refused
    ) AS file ON true
    LEFT JOIN LATERAL (
        SELECT
            -- null: nobody had decided by then, or the decision was taken back
            CASE WHEN step.decision <> 'reopen' AND step.outcome <> 'held' THEN step.outcome END AS settled_as
        FROM registry.review
        INNER JOIN registry.review_decision AS step ON review.review_id = step.review_id
        WHERE
            review.upload_id = kept.upload_id
            AND review.row_number = kept.row_number
            AND step.decided_on <= row_as_of.as_of
        ORDER BY step.review_decision_id DESC
        LIMIT 1
    ) AS decided ON true
    LEFT JOIN LATERAL (
        SELECT
            coalesce(
                (
                    SELECT later.received_on FROM intake.upload AS later
                    WHERE later.upload_id = kept.closed_by_upload_id
                ),
                -- it passed when it was judged again; a row with a review was closed by a decision
                (
                    SELECT max(reprocess.as_of) FROM intake.reprocess
                    WHERE
                        reprocess.upload_id = kept.upload_id
                        AND kept.outcome NOT IN ('rejected', 'held')
                        AND NOT EXISTS (
                            SELECT FROM registry.review
                            WHERE review.upload_id = kept.upload_id AND review.row_number = kept.row_number
                        )
                ),
                CAST(kept.closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
            ) AS closed_on
    ) AS closing ON true
    WHERE
        sent.status IN ('loaded', 'quarantined')
        AND sent.received_on <= row_as_of.as_of
        -- kept so that it can be asked again who its person is: it was entered at once and never waited
        AND (kept.outcome IN ('rejected', 'held') OR kept.closed_at IS DISTINCT FROM sent.received_at);
END;

-- As before; also a file that was released since, and one of which every row was corrected since.
CREATE OR REPLACE FUNCTION intake.quarantined_as_of(as_of date)
RETURNS TABLE (upload_id bigint, is_discarded boolean)
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
        (
            refused.status = 'quarantined'
            OR refused.upload_id IN (
                SELECT reprocess.upload_id
                FROM intake.reprocess
                WHERE reprocess.released AND reprocess.as_of > quarantined_as_of.as_of
            )
        )
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
            OR EXISTS (
                SELECT FROM intake.row_as_of(quarantined_as_of.as_of) AS kept
                WHERE kept.upload_id = refused.upload_id AND kept.is_open
            )
        );
END;

-- As before, in the words of intake.row_as_of.
CREATE OR REPLACE FUNCTION tally.waiting_row_as_of(as_of date) RETURNS TABLE (
    upload_id bigint,
    row_number integer,
    unit_code text,
    given_on date,
    vaccine text,
    dose_number smallint,
    cause text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        kept.upload_id,
        kept.row_number,
        kept.unit_code,
        kept.given_on,
        kept.vaccine,
        kept.dose_number,
        CASE WHEN kept.is_open THEN kept.outcome ELSE 'other_unit' END AS cause
    FROM intake.row_as_of(waiting_row_as_of.as_of) AS kept
    WHERE
        kept.kind = 'upload'
        AND (
            NOT kept.is_refused
            OR kept.upload_id IN (
                SELECT refused.upload_id
                FROM intake.quarantined_as_of(waiting_row_as_of.as_of) AS refused
                WHERE NOT refused.is_discarded
            )
        )
        -- a change or a withdrawal would enter no further dose
        AND kept.action = 'new'
        -- nobody's gap is explained by a unit that may not enter for it
        AND NOT EXISTS (
            SELECT FROM intake.row_issue AS issue
            WHERE
                issue.upload_id = kept.upload_id
                AND issue.row_number = kept.row_number
                AND issue.rule = 'unit.mismatch'
        )
        AND (
            kept.is_open
            OR (
                kept.outcome IN ('duplicate', 'rejected')
                AND EXISTS (
                    SELECT FROM registry.review
                    INNER JOIN registry.dose AS credited ON credited.dose_id = any(review.candidate_dose_ids)
                    WHERE
                        review.upload_id = kept.upload_id
                        AND review.row_number = kept.row_number
                        AND review.rule = 'record.same_dose_other_unit'
                        AND credited.source = 'administered'
                        AND credited.unit_code <> kept.unit_code
                        AND credited.received_on <= waiting_row_as_of.as_of
                        AND coalesce(credited.voided_on, 'infinity') > waiting_row_as_of.as_of
                )
            )
        );
END;
