-- Whom the keys of the open signatures lead to.
-- A trusted number matches where name or birth date agrees with its holder, or with what it was sent with when that was
-- found to be the holder; the birth date alone does not do where neither family nor given name is alike, and no phone
-- or address either. One that its row contradicts or that another held first matches only where both do, and so does
-- one that three or more persons share, with what it was sent with: it merges nobody by itself.
-- The registry is asked key by key (ORDER BY), hence by index, however many persons there are.
INSERT INTO batch_link (sig, kind, value, is_number, person_id, belongs, agrees, matches, is_whole)
SELECT
    f.sig,
    f.kind,
    f.value,
    TRUE AS is_number,
    f.person_id,
    f.holder_trusted AS belongs,
    f.agrees_name OR (f.agrees_birth AND NOT f.is_other_name) AS agrees,
    CASE
        WHEN f.trusted AND f.holder_trusted THEN f.agrees_name OR (f.agrees_birth AND NOT f.is_other_name)
        ELSE f.agrees_name AND f.agrees_birth
    END AS matches,
    f.agrees_name AND f.agrees_birth AS is_whole
FROM (
    SELECT
        k.sig,
        k.kind,
        k.value,
        k.trusted,
        p.person_id,
        p.holder_trusted,
        p.name_key = s.name_key AS agrees_name,
        registry.is_other_name(p.name_key, s.name_key)
        AND NOT coalesce(s.phone = ANY(p.phones), FALSE)
        AND NOT coalesce(lower(b.address) = p.home_address, FALSE)
        AND NOT coalesce(registry.is_near_address(lower(b.address), p.home_address), FALSE) AS is_other_name,
        p.birth_date <= s.birth_date_latest AND s.birth_date <= p.birth_date_latest AS agrees_birth
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    INNER JOIN batch_key AS k ON s.sig = k.sig
    CROSS JOIN
        LATERAL (
            SELECT
                i.person_id,
                i.trusted AS holder_trusted,
                p.phones,
                p.home_address,
                p.name_key,
                p.birth_date,
                p.birth_date_latest
            FROM registry.person_identifier AS i
            INNER JOIN registry.person AS p ON i.person_id = p.person_id
            WHERE i.kind = k.kind AND i.value = k.value
            ORDER BY i.person_id
        ) AS p
    WHERE s.state = 'open' AND k.is_number AND NOT k.shared
    UNION ALL
    SELECT
        k.sig,
        k.kind,
        k.value,
        k.trusted,
        c.person_id,
        c.holder_trusted,
        c.name_key = s.name_key AS agrees_name,
        registry.is_other_name(c.name_key, s.name_key) AS is_other_name,
        c.birth_date <= s.birth_date_latest AND s.birth_date <= c.birth_date_latest AS agrees_birth
    FROM batch_signature AS s
    INNER JOIN batch_key AS k ON s.sig = k.sig
    CROSS JOIN
        LATERAL (
            SELECT
                i.person_id,
                i.trusted AS holder_trusted,
                c.name_key,
                c.birth_date,
                c.birth_date_latest
            FROM registry.person_identifier AS i
            INNER JOIN registry.identifier_claim AS c
                ON i.kind = c.kind AND i.value = c.value AND i.person_id = c.person_id
            WHERE i.kind = k.kind AND i.value = k.value
            ORDER BY i.person_id
        ) AS c
    WHERE s.state = 'open' AND k.is_number AND NOT k.shared
) AS f
UNION ALL
SELECT
    k.sig,
    k.kind,
    k.value,
    TRUE AS is_number,
    c.person_id,
    FALSE AS belongs,
    TRUE AS agrees,
    TRUE AS matches,
    TRUE AS is_whole
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
INNER JOIN batch_claim AS c
    ON
        k.kind = c.kind AND k.value = c.value AND s.name_key = c.name_key AND c.since_sig < k.sig
        -- what overlaps lies in one year: a crowd on one number is joined by hash
        AND extract(YEAR FROM s.birth_date) = extract(YEAR FROM c.birth_date)
        AND s.birth_date_latest >= c.birth_date AND s.birth_date <= c.birth_date_latest
WHERE s.state = 'open' AND k.shared
UNION ALL
SELECT
    k.sig,
    k.kind,
    k.value,
    FALSE AS is_number,
    p.person_id,
    FALSE AS belongs,
    TRUE AS agrees,
    -- another number of a kind that the person has already, or other diacritics on the given name (Hùng, Hưng): not the
    -- same person by name and phone
    coalesce(s.given_marks = p.given_marks, TRUE)
    AND NOT EXISTS (
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
    ) AS matches,
    FALSE AS is_whole
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
CROSS JOIN
    LATERAL (
        SELECT o.*
        FROM registry.person AS o
        WHERE o.name_block = s.name_block AND o.birth_date = s.birth_date
        ORDER BY o.person_id
    ) AS p
WHERE
    s.state = 'open' AND k.kind = 'name_phone' AND p.name_key = s.name_key
    AND p.birth_date_precision = s.birth_date_precision AND s.phone = ANY(p.phones)
    -- a phone of many persons is no identity: the place as well must be the same
    AND (
        NOT EXISTS (
            SELECT 1 FROM batch_shared_phone AS h WHERE h.phone = s.phone AND h.since_upload_id <= s.upload_id
        )
        OR (
            p.sex = s.sex AND p.home_district IS NOT DISTINCT FROM s.district_code
            AND p.home_ward IS NOT DISTINCT FROM lower(s.ward)
        )
    )
UNION ALL
SELECT
    k.sig,
    k.kind,
    k.value,
    FALSE AS is_number,
    p.person_id,
    FALSE AS belongs,
    TRUE AS agrees,
    coalesce(s.given_marks = p.given_marks, TRUE) AS matches,
    FALSE AS is_whole
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
CROSS JOIN
    LATERAL (
        SELECT o.*
        FROM registry.person AS o
        WHERE o.name_block = s.name_block AND o.birth_date = s.birth_date
        ORDER BY o.person_id
    ) AS p
WHERE
    s.state = 'open' AND k.kind = 'weak' AND p.name_key = s.name_key
    AND p.birth_date_precision = 'day' AND p.sex = s.sex AND p.found_by_place
    AND p.home_district = s.district_code AND p.home_ward IS NOT DISTINCT FROM lower(s.ward)
UNION ALL
-- the same particulars were decided before
SELECT
    s.sig,
    'decided' AS kind,
    '' AS value,
    FALSE AS is_number,
    d.person_id,
    FALSE AS belongs,
    TRUE AS agrees,
    TRUE AS matches,
    FALSE AS is_whole
FROM batch_signature AS s
INNER JOIN batch_identity AS n ON s.sig = n.seq
INNER JOIN registry.match_decision AS d ON n.identity_hash = d.identity_hash
WHERE s.state = 'open' AND d.is_same
