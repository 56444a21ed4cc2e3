-- What reading the file came to.
UPDATE intake.staged_file
SET
    state = :state,
    header = CAST(:header AS jsonb),
    dates_from_1904 = :dates_from_1904,
    file_issues = CAST(:file_issues AS jsonb),
    rows_total = :rows_total
WHERE upload_id = :upload_id
