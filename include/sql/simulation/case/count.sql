-- The cases that are open, by level.
SELECT concerned.level, count(*) AS cases
FROM outreach."case" AS concerned
WHERE concerned.state <> 'closed'
GROUP BY concerned.level
