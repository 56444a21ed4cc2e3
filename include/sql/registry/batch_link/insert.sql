-- Whom the keys of the open signatures lead to.
-- A trusted number matches where name or birth date agrees; one that its row contradicts, that another held first, or
-- that three or more persons share, only where both do: it merges nobody by itself.
INSERT INTO batch_link (
    sig, kind, value, is_number, person_id, holder_trusted, agrees_name, agrees_birth, matches
)
SELECT
    f.sig,
    f.kind,
    f.value,
    TRUE AS is_number,
    f.person_id,
    f.holder_trusted,
    f.agrees_name,
    f.agrees_birth,
    CASE
        WHEN f.trusted AND f.holder_trusted AND NOT f.shared THEN f.agrees_name OR f.agrees_birth
        ELSE f.agrees_name AND f.agrees_birth
    END AS matches
FROM (
    SELECT
        k.sig,
        k.kind,
        k.value,
        k.trusted,
        i.person_id,
        i.trusted AS holder_trusted,
        coalesce(h.since_upload_id <= s.upload_id, FALSE) AS shared,
        p.name_key = s.name_key AS agrees_name,
        p.birth_date <= s.birth_date_latest AND s.birth_date <= p.birth_date_latest AS agrees_birth
    FROM batch_signature AS s
    INNER JOIN batch_key AS k ON s.sig = k.sig
    INNER JOIN registry.person_identifier AS i ON k.kind = i.kind AND k.value = i.value
    INNER JOIN registry.person AS p ON i.person_id = p.person_id
    LEFT JOIN batch_shared AS h ON k.kind = h.kind AND k.value = h.value
    WHERE s.state = 'open' AND k.is_number
) AS f
UNION ALL
SELECT
    k.sig,
    k.kind,
    k.value,
    FALSE AS is_number,
    p.person_id,
    TRUE AS holder_trusted,
    TRUE AS agrees_name,
    TRUE AS agrees_birth,
    -- another number of a kind that the person has already: not the same person by name and phone
    NOT EXISTS (
        SELECT 1
        FROM batch_key AS n
        INNER JOIN registry.person_identifier AS i ON n.kind = i.kind AND n.value <> i.value
        WHERE
            n.sig = k.sig AND n.is_number AND i.person_id = p.person_id
            AND NOT EXISTS (
                SELECT 1
                FROM registry.person_identifier AS o
                WHERE o.person_id = p.person_id AND o.kind = n.kind AND o.value = n.value
            )
    ) AS matches
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
INNER JOIN registry.person AS p ON s.name_key = p.name_key AND s.birth_date = p.birth_date
WHERE
    s.state = 'open' AND k.kind = 'name_phone'
    AND p.birth_date_precision = s.birth_date_precision AND s.phone = ANY(p.phones)
UNION ALL
SELECT
    k.sig,
    k.kind,
    k.value,
    FALSE AS is_number,
    p.person_id,
    TRUE AS holder_trusted,
    TRUE AS agrees_name,
    TRUE AS agrees_birth,
    TRUE AS matches
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
INNER JOIN registry.person AS p ON s.name_key = p.name_key AND s.birth_date = p.birth_date
WHERE
    s.state = 'open' AND k.kind = 'weak'
    AND p.birth_date_precision = 'day' AND p.sex = s.sex AND p.phones = '{}'
    AND p.district_code = s.district_code AND p.ward IS NOT DISTINCT FROM s.ward
    AND NOT EXISTS (SELECT 1 FROM registry.person_identifier AS i WHERE i.person_id = p.person_id)
UNION ALL
-- The same name and birth date came with the number before, and was found to be somebody: it still is.
SELECT
    k.sig,
    k.kind,
    k.value,
    TRUE AS is_number,
    c.person_id,
    FALSE AS holder_trusted,
    TRUE AS agrees_name,
    TRUE AS agrees_birth,
    TRUE AS matches
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
INNER JOIN registry.identifier_claim AS c
    ON k.kind = c.kind AND k.value = c.value AND s.name_key = c.name_key AND s.birth_date = c.birth_date
WHERE s.state = 'open' AND k.is_number AND c.person_id IS NOT NULL
