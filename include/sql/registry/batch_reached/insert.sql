-- The ties of rows that the last round reached, and what the registry ties to those that it reached.
INSERT INTO batch_reached AS o (kind, value, label, round)
SELECT
    f.kind,
    f.value,
    min(f.label) AS label,
    :round AS round
FROM (
    SELECT
        t.kind,
        t.value,
        r.label
    FROM batch_tied AS r
    INNER JOIN batch_tie AS t ON r.seq = t.seq
    WHERE r.round = :round - 1
    UNION ALL
    SELECT
        b.other_kind AS kind,
        b.other_value AS value,
        r.label
    FROM batch_reached AS r
    INNER JOIN batch_bond AS b ON r.kind = b.kind AND r.value = b.value
    WHERE r.round = :round - 1
) AS f
GROUP BY f.kind, f.value
ON CONFLICT (kind, value) DO UPDATE
    SET label = excluded.label, round = excluded.round
    WHERE excluded.label < o.label
