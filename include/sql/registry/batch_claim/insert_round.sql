-- What a round found about the numbers that are shared.
INSERT INTO batch_claim (kind, value, name_key, birth_date, birth_date_latest, person_id, since_sig)
SELECT
    k.kind,
    k.value,
    s.name_key,
    s.birth_date,
    s.birth_date_latest,
    s.person_id,
    s.sig
FROM batch_shared AS h
INNER JOIN batch_key AS k ON h.kind = k.kind AND h.value = k.value
INNER JOIN batch_signature AS s ON k.sig = s.sig
WHERE s.round = :round AND s.state IN ('new', 'matched')
