-- How many pairs of registered persons wait for a reviewer to say whether they are one, and since when the oldest does;
-- those that `vaxtally review pairs` lists.
SELECT
    count(*) AS pairs,
    min(r.found_on) AS oldest_on
FROM registry.person_pair AS r
INNER JOIN registry.person AS p ON r.person_id = p.person_id
INNER JOIN registry.person AS o ON r.other_person_id = o.person_id
WHERE
    r.status = 'open' AND r.found_on <= CAST(:as_of AS date)
    AND p.merged_into_person_id IS NULL AND o.merged_into_person_id IS NULL
