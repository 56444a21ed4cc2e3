-- Uploads with rows that were closed in this transaction: their fix files say too much now.
UPDATE intake.upload AS u
SET answer_outdated_at = now()
WHERE u.upload_id IN (SELECT r.upload_id FROM intake.row AS r WHERE r.closed_at = now())
