-- Answers to be written anew: of uploads with rows that were closed in this transaction, whose fix files say too much
-- now, and of those named.
UPDATE intake.upload AS u
SET answer_outdated_at = now()
WHERE
    u.upload_id = ANY(:upload_ids)
    OR u.upload_id IN (SELECT r.upload_id FROM intake.row AS r WHERE r.closed_at = now())
