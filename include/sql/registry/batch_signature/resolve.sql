-- One round: decide every open signature that waits for no earlier one.
-- Held: an identity number whose holders agree in neither name nor birth date; two numbers of two persons; two
-- matches. A signature waits for an earlier open one that shares a key (it may found that person), or that may be the
-- same person (it may add a number). The first open signature never waits, so every round decides one.
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

-- Nobody who holds the identity number agrees, yet an earlier open signature with it does: it may become a holder.
stranger AS (
    SELECT
        f.sig,
        bool_or(f.first_sig < f.sig) AS waits
    FROM (
        SELECT
            k.sig,
            n.agrees,
            least(
                min(k.sig) OVER (PARTITION BY k.kind, k.value, s.name_key),
                min(k.sig) OVER (PARTITION BY k.kind, k.value, s.birth_date),
                -- a year or month may be the same as a day of that year
                min(k.sig) FILTER (WHERE s.birth_date_precision <> 'day') OVER same_year,
                CASE WHEN s.birth_date_precision <> 'day' THEN min(k.sig) OVER same_year END
            ) AS first_sig
        FROM batch_key AS k
        INNER JOIN batch_signature AS s ON k.sig = s.sig
        LEFT JOIN by_number AS n ON k.sig = n.sig AND k.kind = n.kind AND k.value = n.value
        WHERE k.is_number AND k.kind <> 'health_insurance' AND s.state = 'open'
        WINDOW same_year AS (PARTITION BY k.kind, k.value, extract(YEAR FROM s.birth_date))
    ) AS f
    WHERE NOT f.agrees
    GROUP BY f.sig
),

conflict AS (
    SELECT t.sig FROM stranger AS t WHERE NOT t.waits
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

-- Keys that several open signatures have. Where somebody holds a number in trust, a later person with it is found by it
-- only if name and birth date agree, so that there only namesakes born in one year wait for each other.
contested AS (
    SELECT
        k.sig,
        k.kind,
        k.value,
        CASE WHEN h.kind IS NOT NULL THEN s.name_key END AS name_key,
        CASE WHEN h.kind IS NOT NULL THEN extract(YEAR FROM s.birth_date) END AS birth_year
    FROM batch_key AS k
    INNER JOIN target AS t ON k.sig = t.sig
    INNER JOIN batch_signature AS s ON k.sig = s.sig
    LEFT JOIN (
        SELECT DISTINCT
            l.kind,
            l.value
        FROM batch_link AS l
        WHERE l.holder_trusted
    ) AS h ON k.kind = h.kind AND k.value = h.value
    WHERE k.repeated AND NOT t.conflicts
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
    SELECT c.sig
    FROM (
        SELECT
            n.sig,
            min(n.sig) OVER (PARTITION BY n.kind, n.value, n.name_key, n.birth_year) AS first_sig
        FROM contested AS n
    ) AS c
    WHERE c.first_sig < c.sig
    UNION
    SELECT t.sig FROM stranger AS t WHERE t.waits
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
