-- How many reviews wait for each reason, and how long the oldest has: for whoever is to be reminded of them.
SELECT
    v.rule,
    count(*) AS reviews,
    min(v.opened_on) AS oldest_on,
    CAST(:as_of AS date) - min(v.opened_on) AS oldest_days
FROM registry.review AS v
WHERE v.status = 'open' AND v.opened_on <= :as_of
GROUP BY v.rule
ORDER BY min(v.opened_on), v.rule
