-- One round: decide every open signature that waits for no earlier one.
-- Held: an identity number whose holders agree in neither name nor birth date, and are not alike for certain; two
-- numbers of two persons; two matches. Whom no key leads anywhere may be somebody it resembles (batch_candidate):
-- certain where one stands out, held where it may or may not be. What an earlier signature adds to the registry,
-- another one can only see by a key that both have, so a signature waits for any earlier open one with one of its keys;
-- of a shared number, which merges nobody by itself and belongs to nobody, for fewer (batch_crowd). One that no key
-- leads anywhere waits for those it resembles too. The first open signature never waits, so every round decides one.
WITH by_number AS (
    SELECT
        l.sig,
        l.kind,
        l.value,
        bool_or(l.agrees) AS agrees,
        bool_or(l.belongs) AS belongs,
        array_agg(l.person_id) AS person_ids
    FROM batch_link AS l
    WHERE l.is_number
    GROUP BY l.sig, l.kind, l.value
),

matched AS (
    SELECT
        l.sig,
        -- of those whom one number leads to, who agrees in name and birth date before whoever agrees in one of them
        array_agg(DISTINCT l.person_id)
        FILTER (WHERE l.is_number AND (l.is_whole OR NOT l.is_whole_somewhere)) AS by_number,
        min(l.person_id) FILTER (WHERE l.kind = 'decided') AS by_decision,
        min(l.person_id) FILTER (WHERE l.kind = 'name_phone') AS by_name_phone,
        min(l.person_id) FILTER (WHERE l.kind = 'weak') AS by_place
    FROM (
        SELECT
            k.*,
            bool_or(k.is_whole) OVER (PARTITION BY k.sig, k.kind, k.value) AS is_whole_somewhere
        FROM batch_link AS k
        WHERE k.matches
    ) AS l
    GROUP BY l.sig
),

threshold AS (
    SELECT
        max(w.bits) FILTER (WHERE w.level = 'same') AS same,
        max(w.bits) FILTER (WHERE w.level = 'possible') AS possible,
        max(w.bits) FILTER (WHERE w.level = 'apart') AS apart
    FROM reference.match_weight AS w
    WHERE w.field = 'threshold'
),

alike AS (
    SELECT
        c.sig,
        (array_agg(c.person_id ORDER BY c.score DESC, c.person_id))[1] AS person_id,
        (array_agg(c.may_merge ORDER BY c.score DESC, c.person_id))[1]
        AND max(c.score) >= max(t.same)
        AND coalesce(max(c.score) - (array_agg(c.score ORDER BY c.score DESC, c.person_id))[2] >= max(t.apart), TRUE)
            AS is_certain,
        jsonb_agg(
            jsonb_build_object('person_id', c.person_id, 'score', c.score, 'levels', c.levels)
            ORDER BY c.score DESC, c.person_id
        ) AS likeness
    FROM batch_candidate AS c
    CROSS JOIN threshold AS t
    WHERE c.round = :round AND c.score >= t.possible
    GROUP BY c.sig
),

-- an identity number whose holder agrees in neither, unless everything else says that both are mistyped
disputed AS (
    SELECT
        n.sig,
        bool_and(coalesce(a.is_certain AND a.person_id = ANY(n.person_ids), FALSE)) AS is_settled
    FROM by_number AS n
    LEFT JOIN alike AS a ON n.sig = a.sig
    WHERE n.kind <> 'health_insurance' AND NOT n.agrees
    GROUP BY n.sig
),

conflict AS (
    SELECT c.sig FROM batch_crowd AS c WHERE c.is_held AND NOT c.agrees AND c.kind <> 'health_insurance'
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
        s.conflicts,
        s.person_id IS NULL AND NOT s.is_conflict AS is_unknown,
        coalesce(s.person_id, CASE WHEN a.is_certain THEN a.person_id END) AS person_id,
        s.person_id IS NULL AND NOT s.conflicts AND NOT a.is_certain AS is_possible,
        CASE WHEN s.person_id IS NULL AND NOT s.conflicts THEN a.likeness END AS likeness
    FROM (
        SELECT
            o.sig,
            d.sig IS NOT NULL AND NOT d.is_settled OR o.sig IN (SELECT c.sig FROM conflict AS c) AS conflicts,
            o.sig IN (SELECT c.sig FROM conflict AS c) AS is_conflict,
            coalesce(m.by_number[1], m.by_decision, m.by_name_phone, m.by_place) AS person_id
        FROM batch_signature AS o
        LEFT JOIN matched AS m ON o.sig = m.sig
        LEFT JOIN disputed AS d ON o.sig = d.sig
        WHERE o.state = 'open'
    ) AS s
    LEFT JOIN alike AS a ON s.sig = a.sig
),

first_of_key AS (
    SELECT
        k.kind,
        k.value,
        min(k.sig) AS sig
    FROM batch_key AS k
    INNER JOIN batch_signature AS s ON k.sig = s.sig
    WHERE k.repeated AND s.state = 'open'
    GROUP BY k.kind, k.value
),

tied AS (
    SELECT k.sig
    FROM batch_key AS k
    INNER JOIN first_of_key AS f ON k.kind = f.kind AND k.value = f.value
    WHERE
        k.repeated AND f.sig < k.sig
        AND NOT EXISTS (
            SELECT 1 FROM batch_crowd AS c WHERE c.sig = k.sig AND c.kind = k.kind AND c.value = k.value
        )
    UNION
    SELECT c.sig FROM batch_crowd AS c WHERE c.waits
    UNION
    -- one signature a person and round
    SELECT p.sig
    FROM (
        SELECT
            t.sig,
            min(t.sig) OVER (PARTITION BY t.person_id) AS first_sig
        FROM target AS t
        WHERE t.person_id IS NOT NULL AND NOT t.conflicts
    ) AS p
    WHERE p.first_sig < p.sig
    UNION
    SELECT r.sig
    FROM batch_near AS r
    INNER JOIN target AS t ON r.sig = t.sig
    INNER JOIN batch_signature AS s ON r.other_sig = s.sig
    WHERE t.is_unknown AND r.other_sig < r.sig AND s.state = 'open'
    UNION
    -- one with other diacritics on the given name, whom name and phone would not lead to the same person then
    SELECT r.sig
    FROM batch_near AS r
    INNER JOIN batch_signature AS s ON r.sig = s.sig
    INNER JOIN batch_signature AS o ON r.other_sig = o.sig
    WHERE s.state = 'open' AND o.state = 'open' AND r.other_sig < r.sig AND s.given_marks <> o.given_marks
    UNION
    -- whom it resembles may be about to get a number or a phone
    SELECT c.sig
    FROM batch_candidate AS c
    INNER JOIN target AS t ON c.person_id = t.person_id AND c.sig > t.sig
    WHERE c.round = :round AND NOT t.conflicts
),

waiting AS (
    SELECT w.sig FROM tied AS w
    UNION
    -- whom it resembles may be about to become an earlier one of its name and birth date, who waits for somebody else:
    -- the two need not be near each other
    SELECT t.sig
    FROM target AS t
    INNER JOIN batch_signature AS s ON t.sig = s.sig
    INNER JOIN batch_signature AS o ON s.name_block = o.name_block AND s.birth_date = o.birth_date AND s.sig > o.sig
    WHERE t.likeness IS NOT NULL AND o.sig IN (SELECT w.sig FROM tied AS w)
)

UPDATE batch_signature AS s
SET
    round = :round,
    state = CASE
        WHEN t.conflicts OR t.is_possible THEN 'held'
        WHEN t.person_id IS NOT NULL THEN 'matched'
        ELSE 'new'
    END,
    person_id = CASE
        WHEN t.conflicts OR t.is_possible THEN NULL
        ELSE coalesce(t.person_id, nextval('registry.person_person_id_seq'))
    END,
    candidates = CASE
        WHEN t.conflicts
            THEN coalesce(
                (SELECT array_agg(DISTINCT l.person_id) FROM batch_link AS l WHERE l.sig = s.sig),
                -- nobody of a crowd agrees: its first ten
                ARRAY(
                    SELECT DISTINCT c.person_id
                    FROM batch_key AS k
                    INNER JOIN batch_claim AS c ON k.kind = c.kind AND k.value = c.value
                    WHERE k.sig = s.sig AND k.shared AND c.since_sig < s.sig
                    ORDER BY c.person_id
                    LIMIT 10
                )
            )
        WHEN t.is_possible
            THEN ARRAY(
                SELECT c.person_id FROM jsonb_to_recordset(t.likeness) AS c (person_id bigint) ORDER BY c.person_id
            )
        ELSE '{}'
    END,
    hold_rule = CASE WHEN t.is_possible THEN 'record.possible_match' ELSE s.hold_rule END,
    likeness = t.likeness
FROM target AS t
WHERE s.sig = t.sig AND t.sig NOT IN (SELECT w.sig FROM waiting AS w)
