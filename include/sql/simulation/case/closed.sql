-- The units whose case closed on a day.
SELECT concerned.unit_code
FROM outreach."case" AS concerned
WHERE concerned.closed_on = CAST(:as_of AS date)
