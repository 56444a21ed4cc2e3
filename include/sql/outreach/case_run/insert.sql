-- The day is decided on (again).
INSERT INTO outreach.case_run (as_of) VALUES (:as_of)
ON CONFLICT (as_of) DO NOTHING
