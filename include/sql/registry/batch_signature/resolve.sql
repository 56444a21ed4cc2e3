-- One round: decide every open signature that waits for no earlier one.
-- Held: an identity number whose holders agree in neither name nor birth date; two numbers of two persons; two
-- matches. A signature waits for an earlier open one that shares a key nobody holds yet (it may found that person), or
-- that may be the same person (it may add a number). The first open signature never waits, so every round decides one.
WITH by_number AS (
    SELECT
        l.sig,
        l.kind,
        l.value,
        bool_or(l.agrees_name OR l.agrees_birth) AS agrees,
        bool_or(l.holder_trusted) AS belongs,
        array_agg(l.person_id) AS person_ids
    FROM batch_link AS l
    WHERE l.is_number
    GROUP BY l.sig, l.kind, l.value
),

matched AS (
    SELECT
        l.sig,
        array_agg(DISTINCT l.person_id) FILTER (WHERE l.is_number) AS by_number,
        min(l.person_id) FILTER (WHERE l.kind = 'name_phone') AS by_name_phone,
        min(l.person_id) FILTER (WHERE l.kind = 'weak') AS by_place
    FROM batch_link AS l
    WHERE l.matches
    GROUP BY l.sig
),

conflict AS (
    SELECT n.sig FROM by_number AS n WHERE n.kind <> 'health_insurance' AND NOT n.agrees
    UNION
    SELECT n.sig
    FROM by_number AS n
    INNER JOIN by_number AS m ON n.sig = m.sig
    WHERE n.belongs AND m.belongs AND (n.kind, n.value) < (m.kind, m.value) AND NOT n.person_ids && m.person_ids
    UNION
    SELECT m.sig FROM matched AS m WHERE cardinality(m.by_number) > 1
),

target AS (
    SELECT
        s.sig,
        s.sig IN (SELECT c.sig FROM conflict AS c) AS conflicts,
        coalesce(m.by_number[1], m.by_name_phone, m.by_place) AS person_id
    FROM batch_signature AS s
    LEFT JOIN matched AS m ON s.sig = m.sig
    WHERE s.state = 'open'
),

first_of_key AS (
    SELECT
        k.kind,
        k.value,
        min(k.sig) AS sig
    FROM batch_key AS k
    INNER JOIN target AS t ON k.sig = t.sig
    WHERE
        k.repeated AND NOT t.conflicts
        AND NOT EXISTS (SELECT 1 FROM batch_link AS l WHERE l.kind = k.kind AND l.value = k.value)
    GROUP BY k.kind, k.value
),

first_of_person AS (
    SELECT
        l.person_id,
        min(l.sig) AS sig
    FROM batch_link AS l
    INNER JOIN target AS t ON l.sig = t.sig
    WHERE NOT t.conflicts
    GROUP BY l.person_id
),

waiting AS (
    SELECT k.sig
    FROM batch_key AS k
    INNER JOIN first_of_key AS f ON k.kind = f.kind AND k.value = f.value
    WHERE k.repeated AND f.sig < k.sig
    UNION
    SELECT t.sig
    FROM target AS t
    INNER JOIN first_of_person AS f ON t.person_id = f.person_id
    WHERE f.sig < t.sig
)

UPDATE batch_signature AS s
SET
    round = :round,
    state = CASE
        WHEN t.conflicts THEN 'held'
        WHEN t.person_id IS NOT NULL THEN 'matched'
        ELSE 'new'
    END,
    person_id = CASE
        WHEN t.conflicts THEN NULL
        ELSE coalesce(t.person_id, nextval('registry.person_person_id_seq'))
    END,
    candidates = CASE
        WHEN t.conflicts
            THEN (SELECT array_agg(DISTINCT l.person_id) FROM batch_link AS l WHERE l.sig = s.sig)
        ELSE '{}'
    END
FROM target AS t
WHERE
    s.sig = t.sig
    AND (t.conflicts OR NOT EXISTS (SELECT 1 FROM waiting AS w WHERE w.sig = t.sig))
