-- The numbers of a round's persons. The first to bring a number holds it in trust, unless its own row contradicts it.
INSERT INTO registry.person_identifier (person_id, kind, value, trusted, under_own_name, upload_id)
SELECT
    s.person_id,
    k.kind,
    k.value,
    k.trusted
    AND row_number() OVER (PARTITION BY k.kind, k.value, k.trusted ORDER BY s.sig) = 1
    AND NOT EXISTS (
        SELECT 1
        FROM registry.person_identifier AS i
        WHERE i.kind = k.kind AND i.value = k.value AND i.trusted
    ) AS trusted,
    p.name_key = s.name_key AND p.birth_date = s.birth_date AS under_own_name,
    s.upload_id
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
INNER JOIN registry.person AS p ON s.person_id = p.person_id
WHERE s.round = :round AND s.state IN ('new', 'matched') AND k.is_number
ON CONFLICT (kind, value, person_id) DO NOTHING
