-- How much the open signatures resemble the persons found for them (batch_found): compared field by field, the bits of
-- what agrees added up (Fellegi-Sunter). Two CCCD that do not look alike,
-- another given name or another birth date: somebody else, whatever else agrees. CMND, passport and insurance number
-- change in a life: two of them are evidence against, no more, where birth date and address agree.
INSERT INTO batch_candidate (sig, round, person_id, score, levels, may_merge)
WITH asked AS MATERIALIZED (
    SELECT
        s.sig,
        s.name_key,
        s.name_block,
        s.given_marks,
        s.birth_date,
        s.birth_date_latest,
        s.birth_date_precision,
        s.sex,
        s.district_code,
        n.identity_hash,
        lower(s.ward) AS ward,
        lower(b.address) AS address,
        CASE
            WHEN
                NOT EXISTS (
                    SELECT 1 FROM batch_shared_phone AS h WHERE h.phone = s.phone AND h.since_upload_id <= s.upload_id
                )
                THEN s.phone
        END AS phone
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    INNER JOIN batch_identity AS n ON s.sig = n.seq
    WHERE s.sig IN (SELECT f.sig FROM batch_found AS f)
),

-- the numbers of whoever was found, one by one (ORDER BY), hence by key, however many persons there are
held AS MATERIALIZED (
    SELECT
        f.sig,
        f.person_id,
        f.is_own,
        h.kind,
        h.value,
        h.trusted
    FROM batch_found AS f
    CROSS JOIN
        LATERAL (
            SELECT
                i.kind,
                i.value,
                i.trusted
            FROM registry.person_identifier AS i
            WHERE i.person_id = f.person_id
            ORDER BY i.person_id
        ) AS h
),

told AS MATERIALIZED (
    SELECT
        g.sig,
        g.person_id,
        CASE
            WHEN
                bool_or(g.kind = 'cccd' AND g.trusted)
                AND NOT bool_or(g.kind = 'cccd' AND (g.is_equal OR g.is_near))
                THEN 'different'
            WHEN NOT bool_or(g.is_equal OR g.is_near) THEN 'renewed'
            WHEN bool_or(g.is_equal)
                THEN
                    CASE
                        WHEN bool_or(g.belongs) THEN 'equal'
                        -- of a kind of which none is equal
                        WHEN
                            NOT array_agg(g.kind) FILTER (WHERE g.is_near)
                            <@ array_agg(g.kind) FILTER (WHERE g.is_equal)
                            THEN 'near'
                        ELSE 'shared'
                    END
            ELSE 'near'
        END AS number
    FROM (
        SELECT
            h.sig,
            h.person_id,
            h.kind,
            k.trusted,
            k.value = h.value AS is_equal,
            registry.is_near_number(k.value, h.value) AS is_near,
            k.value = h.value AND k.trusted AND h.trusted AND NOT k.shared AS belongs
        FROM held AS h
        INNER JOIN batch_key AS k ON h.sig = k.sig AND h.kind = k.kind
        -- the number that an update replaces says nothing against the person who has it
        WHERE k.is_number AND (NOT h.is_own OR k.value = h.value)
    ) AS g
    GROUP BY g.sig, g.person_id
),

-- whose number is another for life, and who is close by no number either, is looked up no further
kept AS MATERIALIZED (
    SELECT
        f.sig,
        f.person_id,
        f.by_phone,
        coalesce(t.number, 'missing') AS number
    FROM batch_found AS f
    LEFT JOIN told AS t ON f.sig = t.sig AND f.person_id = t.person_id
    WHERE
        t.number IS DISTINCT FROM 'different'
        AND (f.is_close OR t.number IN ('equal', 'near', 'shared'))
),

side AS MATERIALIZED (
    SELECT
        a.*,
        p.person_id,
        p.name_key AS other_name,
        p.name_block AS other_block,
        p.given_marks AS other_marks,
        p.birth_date AS other_birth,
        p.birth_date_latest AS other_latest,
        p.birth_date_precision AS other_precision,
        p.sex AS other_sex,
        p.home_district,
        p.home_ward,
        p.home_address,
        f.number,
        f.by_phone,
        split_part(a.name_key, ' ', 1) AS first_word,
        split_part(a.name_key, ' ', -1) AS last_word,
        split_part(p.name_key, ' ', 1) AS other_first,
        split_part(p.name_key, ' ', -1) AS other_last,
        -- two dates as eight digits
        to_char(a.birth_date, 'YYYYMMDD') AS digits,
        to_char(p.birth_date, 'YYYYMMDD') AS other_digits
    FROM kept AS f
    INNER JOIN asked AS a ON f.sig = a.sig
    -- by key, as above
    CROSS JOIN
        LATERAL (SELECT o.* FROM registry.person AS o WHERE o.person_id = f.person_id ORDER BY o.person_id) AS p
    WHERE
        NOT EXISTS (
            SELECT 1
            FROM registry.match_decision AS d
            WHERE d.identity_hash = a.identity_hash AND d.person_id = f.person_id AND NOT d.is_same
        )
),

named AS MATERIALIZED (
    SELECT
        s.*,
        s.name_block = s.other_block OR replace(s.name_key, ' ', '') = replace(s.other_name, ' ', '') AS same_words,
        -- given name first, one of the two with a slip at most
        s.first_word <> s.last_word AND s.first_word <> s.other_first AND s.last_word <> s.other_last
        AND (
            (s.first_word = s.other_last AND registry.is_near_word(s.last_word, s.other_first))
            OR (s.last_word = s.other_first AND registry.is_near_word(s.first_word, s.other_last))
            OR (s.first_word = s.other_last AND s.last_word = s.other_first)
        ) AS is_turned,
        -- one of the two names is a single word
        strpos(s.name_key, ' ') = 0 OR strpos(s.other_name, ' ') = 0 AS is_half,
        -- with a slip at most
        s.ward = s.home_ward OR registry.is_near_address(s.ward, s.home_ward) AS same_ward,
        s.address = s.home_address OR registry.is_near_address(s.address, s.home_address) AS same_address,
        s.last_word = s.other_last AND s.given_marks <> s.other_marks AS marks_differ,
        -- a given name of seven letters is no Vietnamese one, and one letter in it a slip rather than a twin's name
        least(length(s.last_word), length(s.other_last)) >= 7
        AND registry.is_near_number(s.last_word, s.other_last) AS is_slip,
        trim(substr(s.name_key, length(s.first_word) + 1, greatest(
            length(s.name_key) - length(s.first_word) - length(s.last_word), 0
        ))) AS middle_words,
        trim(substr(s.other_name, length(s.other_first) + 1, greatest(
            length(s.other_name) - length(s.other_first) - length(s.other_last), 0
        ))) AS other_middle
    FROM side AS s
),

-- materialized: written out, each level would be worked out wherever it is used
compared AS MATERIALIZED (
    SELECT
        n.*,
        CASE
            WHEN n.same_words OR n.first_word = n.other_first THEN 'equal'
            WHEN n.is_turned THEN CASE n.last_word WHEN n.other_first THEN 'equal' ELSE 'near' END
            WHEN n.is_half THEN 'missing'
            WHEN registry.is_near_word(n.first_word, n.other_first) THEN 'near'
            ELSE 'different'
        END AS family,
        CASE
            WHEN n.same_words AND n.middle_words <> '' THEN 'equal'
            WHEN n.middle_words = n.other_middle THEN CASE n.middle_words WHEN '' THEN 'none' ELSE 'equal' END
            WHEN n.middle_words = '' OR n.other_middle = '' THEN 'missing'
            WHEN
                strpos(' ' || n.middle_words || ' ', ' ' || n.other_middle || ' ') > 0
                OR strpos(' ' || n.other_middle || ' ', ' ' || n.middle_words || ' ') > 0
                OR (
                    least(length(n.middle_words), length(n.other_middle)) = 1
                    AND left(n.middle_words, 1) = left(n.other_middle, 1)
                )
                THEN 'part'
            WHEN registry.is_near_word(n.middle_words, n.other_middle) THEN 'near'
            ELSE 'different'
        END AS middle,
        CASE
            WHEN n.same_words OR n.last_word = n.other_last THEN 'equal'
            WHEN n.is_turned THEN CASE n.first_word WHEN n.other_last THEN 'equal' ELSE 'near' END
            WHEN registry.is_near_word(n.last_word, n.other_last) THEN 'near'
            WHEN n.is_half AND n.first_word = n.other_first THEN 'missing'
            ELSE 'different'
        END AS given,
        CASE
            WHEN n.name_key <> n.other_name AND n.name_block = n.other_block OR n.is_turned THEN 'swapped'
            ELSE 'same'
        END AS word_order,
        CASE
            WHEN n.birth_date_precision = 'day' AND n.other_precision = 'day'
                THEN
                    CASE
                        WHEN
                            n.digits = n.other_digits
                            THEN CASE right(n.digits, 4) WHEN '0101' THEN 'new_year' ELSE 'equal' END
                        WHEN
                            left(n.digits, 4) = left(n.other_digits, 4)
                            AND substr(n.digits, 5, 2) = right(n.other_digits, 2)
                            AND right(n.digits, 2) = substr(n.other_digits, 5, 2)
                            THEN 'swapped'
                        WHEN registry.is_near_number(n.digits, n.other_digits) THEN 'one_digit'
                        WHEN
                            right(n.digits, 4) = right(n.other_digits, 4)
                            OR (
                                left(n.digits, 4) = left(n.other_digits, 4)
                                AND (
                                    substr(n.digits, 5, 2) = substr(n.other_digits, 5, 2)
                                    OR right(n.digits, 2) = right(n.other_digits, 2)
                                )
                            )
                            THEN 'two_parts'
                        ELSE 'different'
                    END
            WHEN n.birth_date <= n.other_latest AND n.other_birth <= n.birth_date_latest
                THEN CASE WHEN 'year' IN (n.birth_date_precision, n.other_precision) THEN 'year' ELSE 'month' END
            ELSE 'different'
        END AS birth,
        CASE WHEN n.sex = n.other_sex THEN 'equal' ELSE 'different' END AS sex_level,
        CASE
            WHEN n.by_phone THEN 'equal'
            WHEN n.phone IS NULL THEN 'missing'
            ELSE (
                -- as a sum, which is looked up by index: EXISTS may read all phones there are
                SELECT CASE WHEN count(*) = 0 THEN 'missing' ELSE 'different' END
                FROM registry.person_phone AS f
                WHERE f.person_id = n.person_id
            )
        END AS phone_level,
        CASE
            WHEN n.same_address AND (n.same_ward OR (n.same_ward IS NOT NULL AND n.district_code = n.home_district))
                THEN 'address'
            WHEN n.district_code IS NULL OR n.home_district IS NULL THEN 'missing'
            WHEN n.district_code <> n.home_district THEN 'different'
            WHEN n.same_ward THEN 'ward'
            ELSE 'district'
        END AS place
    FROM named AS n
),

-- read once, not for each candidate
weight AS MATERIALIZED (
    SELECT jsonb_object_agg(t.field || ' ' || t.level, t.bits) AS bits
    FROM reference.match_weight AS t
),

rarity AS MATERIALIZED (
    SELECT jsonb_object_agg(t.part || ' ' || t.name, -log(2.0, CAST(t.share AS numeric))) AS bits
    FROM reference.name_frequency AS t
),

weighed AS (
    SELECT
        c.sig,
        c.person_id,
        c.family,
        c.given,
        c.marks_differ,
        c.is_slip,
        c.birth,
        c.sex_level,
        c.phone_level,
        c.place,
        c.number,
        jsonb_build_object(
            'family', c.family, 'middle', c.middle,
            'given', CASE WHEN c.marks_differ THEN 'marks' ELSE c.given END,
            'order', c.word_order, 'birth', c.birth, 'sex', c.sex_level,
            'number', c.number, 'phone', c.phone_level, 'place', c.place
        ) AS levels,
        -- what is equal of a name weighs by its rarity, within limits
        greatest(
            least(
                CASE WHEN c.family = 'equal' THEN f.bits ELSE 0 END
                + CASE WHEN c.middle = 'equal' THEN m.bits ELSE 0 END
                + CASE WHEN c.given = 'equal' THEN g.bits ELSE 0 END,
                CAST(w.bits ->> 'name most' AS numeric)
            ),
            CASE
                WHEN c.name_key = c.other_name AND strpos(c.name_key, ' ') > 0
                    THEN CAST(w.bits ->> 'name least' AS numeric)
                ELSE 0
            END
        )
        + (
            SELECT sum(CAST(w.bits ->> t.level AS numeric))
            FROM unnest(
                ARRAY[
                    'prior all', 'family ' || c.family, 'middle ' || c.middle, 'given ' || c.given,
                    'order ' || c.word_order, 'birth ' || c.birth, 'sex ' || c.sex_level, 'number ' || c.number,
                    'phone ' || c.phone_level || CASE c.given WHEN 'equal' THEN '' ELSE '_in_household' END,
                    'place ' || c.place
                ]
            ) AS t (level)
        ) AS score
    FROM compared AS c
    CROSS JOIN weight AS w
    CROSS JOIN rarity AS r
    CROSS JOIN
        LATERAL (
            SELECT
                CAST(coalesce(
                    r.bits -> ('family ' || CASE WHEN c.is_turned THEN c.other_first ELSE c.first_word END),
                    r.bits -> 'family *'
                ) AS numeric) AS bits
        ) AS f
    CROSS JOIN
        LATERAL (
            SELECT CAST(coalesce(r.bits -> ('middle ' || c.middle_words), r.bits -> 'middle *') AS numeric) AS bits
        ) AS m
    CROSS JOIN
        LATERAL (
            SELECT
                CAST(coalesce(
                    r.bits -> ('given ' || CASE WHEN c.is_turned THEN c.other_last ELSE c.last_word END),
                    r.bits -> 'given *'
                ) AS numeric) AS bits
        ) AS g
    WHERE
        c.given <> 'different' AND (c.birth <> 'different' OR c.number IN ('near', 'equal'))
        AND (c.number <> 'renewed' OR (c.birth IN ('equal', 'new_year') AND c.place = 'address'))
)

SELECT
    w.sig,
    :round AS round,
    w.person_id,
    w.score,
    w.levels,
    -- a short given name that only looks alike, or one with other diacritics, may be a twin's; another birth date or
    -- sex, a relative's, unless the number is hers and phone or address too; a year of birth needs home and phone.
    -- Name and birth date alone, however rare, are never enough
    (w.given = 'equal' OR (w.given = 'near' AND w.is_slip)) AND w.marks_differ IS NOT TRUE
    AND w.family IN ('equal', 'near')
    AND (w.birth <> 'different' OR (w.number = 'equal' AND (w.phone_level = 'equal' OR w.place = 'address')))
    AND w.sex_level = 'equal'
    AND (w.number <> 'missing' OR w.phone_level = 'equal' OR w.place IN ('district', 'ward', 'address'))
    AND (w.number <> 'renewed' OR (w.birth IN ('equal', 'new_year') AND w.family = 'equal'))
    AND (w.birth NOT IN ('year', 'month') OR (w.phone_level = 'equal' AND w.place IN ('ward', 'address')))
        AS may_merge
FROM weighed AS w
