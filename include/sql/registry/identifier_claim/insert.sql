-- Under which other names and birth dates a round's rows sent a number, and whom that was found to be.
INSERT INTO registry.identifier_claim AS c (
    kind, value, name_key, birth_date, birth_date_latest, person_id, upload_id
)
SELECT DISTINCT ON (k.kind, k.value, s.name_key, s.birth_date, s.birth_date_latest)
    k.kind,
    k.value,
    s.name_key,
    s.birth_date,
    s.birth_date_latest,
    s.person_id,
    s.upload_id
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
LEFT JOIN registry.person AS p ON s.person_id = p.person_id
WHERE
    s.round = :round AND s.state IN ('held', 'matched') AND k.is_number
    AND (p.name_key, p.birth_date, p.birth_date_latest) IS DISTINCT FROM (s.name_key, s.birth_date, s.birth_date_latest)
ORDER BY k.kind, k.value, s.name_key, s.birth_date, s.birth_date_latest, s.person_id
ON CONFLICT (kind, value, name_key, birth_date, birth_date_latest) DO UPDATE
    SET person_id = excluded.person_id
    WHERE c.person_id IS NULL AND excluded.person_id IS NOT NULL
