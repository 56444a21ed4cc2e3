-- The units of these cases.
SELECT concerned.unit_code
FROM outreach."case" AS concerned
WHERE concerned.case_id = ANY(CAST(:case_ids AS bigint[]))
ORDER BY concerned.unit_code
