-- The answers are written and the files moved.
UPDATE intake.upload SET finished_at = now() WHERE upload_id = ANY(:upload_ids)
