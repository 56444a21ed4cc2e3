-- The file could not be put back: nothing was decided.
DELETE FROM intake.quarantine_decision
WHERE upload_id = :upload_id AND decision = 'retried' AND became_upload_id IS NULL
