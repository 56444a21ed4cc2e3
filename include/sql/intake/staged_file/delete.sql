-- Applied: staging need not know the files any more.
DELETE FROM intake.staged_file WHERE upload_id = ANY(:upload_ids)
