-- Forget the planned files of a kind. Waits for a shard that is being staged; a check that is under way is left alone.
-- What is planned is told by the row itself: a file that is read while this waits for it would, if it were looked up in
-- a list of ids, be passed over.
WITH left_behind AS (
    DELETE FROM intake.staged_file
    WHERE
        upload_id IN (
            SELECT upload_id FROM intake.staged_file WHERE kind = :kind AND check_only FOR UPDATE SKIP LOCKED
        )
)

DELETE FROM intake.staged_file
WHERE kind = :kind AND NOT check_only
