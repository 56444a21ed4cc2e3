-- An update that is like nobody more than the person so far is about that one: nobody else is asked for.
DELETE FROM batch_candidate AS c
USING (
    SELECT
        u.seq AS sig,
        max(o.score) FILTER (WHERE o.person_id = u.person_id) AS own_score,
        max(o.score) AS best_score
    FROM batch_candidate AS o
    INNER JOIN batch_correction AS u ON o.sig = u.seq
    WHERE o.round = :round
    GROUP BY u.seq
) AS b
WHERE c.sig = b.sig AND c.round = :round AND b.own_score = b.best_score
