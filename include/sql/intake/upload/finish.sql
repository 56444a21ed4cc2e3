-- The answers are written and the files moved. One that became outdated meanwhile stays so.
UPDATE intake.upload AS u
SET
    finished_at = coalesce(u.finished_at, now()),
    lies_at = u.archive_path,
    answer_outdated_at = CASE
        WHEN u.answer_outdated_at IS DISTINCT FROM d.answer_outdated_at THEN u.answer_outdated_at
    END
FROM
    unnest(CAST(:upload_ids AS bigint[]), CAST(:answer_outdated_at AS timestamptz[]))
        AS d (upload_id, answer_outdated_at)
WHERE u.upload_id = d.upload_id
