-- The last day that was decided on.
SELECT max(as_of) AS as_of FROM outreach.case_run
