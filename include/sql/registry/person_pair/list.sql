-- Registered persons who may be one and about whom nobody has decided, the likeliest first.
SELECT
    r.person_id,
    r.other_person_id,
    r.score,
    r.levels,
    r.found_on,
    CAST(:as_of AS date) - r.found_on AS waiting_days
FROM registry.person_pair AS r
INNER JOIN registry.person AS p ON r.person_id = p.person_id
INNER JOIN registry.person AS o ON r.other_person_id = o.person_id
WHERE
    r.status = 'open' AND r.found_on <= :as_of
    AND p.merged_into_person_id IS NULL AND o.merged_into_person_id IS NULL
ORDER BY r.score DESC, r.person_id, r.other_person_id
