-- What earlier batches knew of the numbers that are shared by three or more different persons.
INSERT INTO batch_claim (kind, value, name_key, birth_date, birth_date_latest, person_id, since_sig)
SELECT
    i.kind,
    i.value,
    p.name_key,
    p.birth_date,
    p.birth_date_latest,
    i.person_id,
    0 AS since_sig
FROM batch_shared AS h
INNER JOIN registry.person_identifier AS i ON h.kind = i.kind AND h.value = i.value
INNER JOIN registry.person AS p ON i.person_id = p.person_id
WHERE i.under_own_name
UNION ALL
SELECT
    c.kind,
    c.value,
    c.name_key,
    c.birth_date,
    c.birth_date_latest,
    c.person_id,
    0 AS since_sig
FROM batch_shared AS h
INNER JOIN registry.identifier_claim AS c ON h.kind = c.kind AND h.value = c.value
WHERE c.person_id IS NOT NULL
