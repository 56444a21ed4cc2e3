-- Under which other names the batch sent a number: nobody who holds it has that name and birth date.
INSERT INTO registry.identifier_claim (kind, value, name_key, birth_date, person_id, upload_id)
SELECT
    k.kind,
    k.value,
    s.name_key,
    s.birth_date,
    (array_agg(s.person_id ORDER BY s.sig))[1] AS person_id,
    min(s.upload_id) AS upload_id
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
WHERE
    s.state IN ('held', 'matched') AND k.is_number
    AND NOT EXISTS (
        SELECT 1
        FROM registry.person_identifier AS i
        INNER JOIN registry.person AS p ON i.person_id = p.person_id
        WHERE
            i.kind = k.kind AND i.value = k.value AND i.under_own_name
            AND p.name_key = s.name_key AND p.birth_date = s.birth_date
    )
GROUP BY k.kind, k.value, s.name_key, s.birth_date
ON CONFLICT (kind, value, name_key, birth_date) DO NOTHING
