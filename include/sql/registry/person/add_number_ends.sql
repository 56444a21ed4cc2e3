-- What the numbers that a round brings to persons known before it look like. One signature a person and round.
UPDATE registry.person AS p
SET number_ends = p.number_ends | n.ends
FROM (
    SELECT
        s.person_id,
        bit_or(registry.number_ends(k.kind, k.value)) AS ends
    FROM batch_signature AS s
    INNER JOIN batch_key AS k ON s.sig = k.sig
    WHERE s.round = :round AND s.state = 'matched' AND k.is_number
    GROUP BY s.person_id
) AS n
WHERE p.person_id = n.person_id AND p.number_ends & n.ends <> n.ends
