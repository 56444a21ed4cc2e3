-- Pairs of which each may be the other by likeness; what was found before stays as it was decided.
INSERT INTO registry.person_pair (person_id, other_person_id, score, levels, found_on)
SELECT DISTINCT ON (f.person_id, f.other_person_id)
    f.person_id,
    f.other_person_id,
    f.score,
    f.levels,
    CAST(:as_of AS date) AS found_on
FROM (
    SELECT
        least(c.sig, c.person_id) AS person_id,
        greatest(c.sig, c.person_id) AS other_person_id,
        c.score,
        c.levels
    FROM batch_candidate AS c
    INNER JOIN reference.match_weight AS w ON w.field = 'threshold' AND w.level = 'possible'
    WHERE c.sig <> c.person_id AND c.score >= w.bits
) AS f
ORDER BY f.person_id, f.other_person_id, f.score DESC
ON CONFLICT (person_id, other_person_id) DO NOTHING
