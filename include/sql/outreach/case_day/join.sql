-- Days that are short for the first time in their case.
INSERT INTO outreach.case_day (case_id, given_on, joined_on)
SELECT
    open.case_id,
    short.given_on,
    CAST(:as_of AS date) AS joined_on
FROM batch_short AS short
INNER JOIN outreach."case" AS open ON short.unit_code = open.unit_code AND open.state <> 'closed'
ON CONFLICT (case_id, given_on) DO NOTHING
