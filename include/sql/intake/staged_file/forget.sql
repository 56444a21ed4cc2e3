-- Forget the planned files of a kind. Waits for a shard that is being staged; a check that is under way is left alone.
DELETE FROM intake.staged_file
WHERE
    upload_id IN (
        SELECT upload_id FROM intake.staged_file WHERE kind = :kind AND NOT check_only
        UNION ALL
        SELECT upload_id FROM (
            SELECT upload_id FROM intake.staged_file WHERE kind = :kind AND check_only FOR UPDATE SKIP LOCKED
        ) AS left_behind
    )
