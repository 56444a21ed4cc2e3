-- What waits for the Department's review, by rule, with the day the oldest came in.
SELECT
    rule,
    count(*) AS rows,
    min(opened_on) AS oldest_on
FROM registry.review
WHERE status = 'open' AND opened_on <= CAST(:as_of AS date)
GROUP BY rule
ORDER BY count(*) DESC, rule
