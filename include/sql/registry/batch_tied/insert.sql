-- The rows with ties that this round reached.
INSERT INTO batch_tied AS o (seq, label, round)
SELECT
    t.seq,
    min(r.label) AS label,
    :round AS round
FROM batch_reached AS r
INNER JOIN batch_tie AS t ON r.kind = t.kind AND r.value = t.value
WHERE r.round = :round
GROUP BY t.seq
ON CONFLICT (seq) DO UPDATE
    SET label = excluded.label, round = excluded.round
    WHERE excluded.label < o.label
