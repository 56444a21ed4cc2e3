-- Whom the open signatures that no key leads anywhere may resemble: persons of the same blocks.
-- Block by block, and within it for one signature at a time (ORDER BY), hence through the indexes: joined as a whole,
-- the planner would read and hash the table of persons once a block and round, which takes longer the more persons
-- there are. Signatures ask in the order of the index, and what is found is kept in the order of persons, whose numbers
-- are looked up next: neighbours are on one page.
-- Most that are found are namesakes, and cannot be the one: by the weights, what is known here of birth date, sex and
-- place leaves too little even if all else agrees. They are not close, and only a number can tell: unless one may be
-- alike, and is enough, they end here.
INSERT INTO batch_found (sig, person_id, by_phone, is_close)
-- the most bits that each field can bring, or still can where this or that is known
WITH most AS MATERIALIZED (
    SELECT
        max(w.bits) FILTER (WHERE w.field = 'prior')
        - max(w.bits) FILTER (WHERE w.field = 'threshold' AND w.level = 'possible') AS prior,
        max(w.bits) FILTER (WHERE w.field = 'name' AND w.level = 'most') AS rare_name,
        max(w.bits) FILTER (WHERE w.field = 'name' AND w.level = 'least') AS common_name,
        max(w.bits) FILTER (WHERE w.field = 'family') + max(w.bits) FILTER (WHERE w.field = 'middle')
        + max(w.bits) FILTER (WHERE w.field = 'given') + max(w.bits) FILTER (WHERE w.field = 'order') AS words,
        max(w.bits) FILTER (WHERE w.field = 'family' AND w.level = 'equal')
        + max(w.bits) FILTER (WHERE w.field = 'middle' AND w.level IN ('equal', 'none'))
        + max(w.bits) FILTER (WHERE w.field = 'given' AND w.level = 'equal')
        + max(w.bits) FILTER (WHERE w.field = 'order' AND w.level = 'same') AS equal_words,
        max(w.bits) FILTER (WHERE w.field = 'birth') AS birth,
        max(w.bits) FILTER (WHERE w.field = 'birth' AND w.level = 'swapped') AS swapped_birth,
        max(w.bits) FILTER (WHERE w.field = 'birth' AND w.level IN ('one_digit', 'two_parts', 'different'))
            AS other_birth,
        max(w.bits) FILTER (WHERE w.field = 'sex' AND w.level = 'equal') AS sex,
        max(w.bits) FILTER (WHERE w.field = 'sex' AND w.level <> 'equal') AS other_sex,
        max(w.bits) FILTER (WHERE w.field = 'number' AND w.level IN ('missing', 'renewed')) AS no_number,
        max(w.bits) FILTER (WHERE w.field = 'number') AS number,
        max(w.bits) FILTER (WHERE w.field = 'phone' AND w.level NOT IN ('equal', 'equal_in_household')) AS other_phone,
        max(w.bits) FILTER (WHERE w.field = 'place') AS place,
        max(w.bits) FILTER (WHERE w.field = 'place' AND w.level <> 'address') AS other_address,
        max(w.bits) FILTER (WHERE w.field = 'place' AND w.level = 'different') AS other_district
    FROM reference.match_weight AS w
),

-- read once, not for each signature
rarity AS MATERIALIZED (
    SELECT jsonb_object_agg(t.part || ' ' || t.name, -log(2.0, CAST(t.share AS numeric))) AS bits
    FROM reference.name_frequency AS t
),

asking AS MATERIALIZED (
    SELECT
        d.*,
        make_date(d.birth_year, 1, 1) AS new_year,
        CAST(date_trunc('month', d.birth_date) AS date) AS month_start,
        CASE d.birth_date_precision
            WHEN 'day' THEN registry.name_day_block(d.name_block, d.birth_date)
        END AS name_day,
        registry.ends_birth_block(d.name_key, d.birth_date) AS ends_birth,
        CASE
            WHEN d.birth_day <= 12 AND d.birth_day <> d.birth_month
                THEN registry.ends_birth_block(d.name_key, d.swapped)
        END AS ends_swapped,
        CASE
            WHEN
                d.is_day
                AND NOT EXISTS (
                    SELECT 1
                    FROM reference.name_frequency AS n
                    WHERE n.part = 'given' AND n.name = d.last_word AND n.share > 0.015
                )
                THEN registry.word_birth_block(d.last_word, d.birth_date)
        END AS given_birth,
        CASE
            WHEN
                d.is_day
                AND NOT EXISTS (
                    SELECT 1
                    FROM reference.name_frequency AS n
                    WHERE n.part = 'family' AND n.name = d.first_word AND n.share > 0.015
                )
                THEN registry.word_birth_block(d.first_word, d.birth_date)
        END AS family_birth,
        CASE
            WHEN d.is_day THEN registry.home_birth_block(d.district_code, d.ward, d.birth_date)
        END AS home_birth,
        greatest(
            least(e.family + e.middle + e.given, m.rare_name),
            CASE WHEN strpos(d.name_key, ' ') > 0 THEN m.common_name END
        ) AS name_bits,
        -- of all parts but one
        least(e.family + e.middle + e.given - least(e.family, e.middle, e.given), m.rare_name) AS part_bits
    FROM (
        SELECT
            s.sig,
            s.name_key,
            s.name_block,
            s.birth_date,
            s.birth_date_latest,
            s.birth_date_precision,
            s.sex,
            s.district_code,
            lower(s.ward) AS ward,
            lower(b.address) AS address,
            split_part(s.name_key, ' ', 1) AS first_word,
            split_part(s.name_key, ' ', -1) AS last_word,
            trim(substr(s.name_key, length(split_part(s.name_key, ' ', 1)) + 1, greatest(
                length(s.name_key) - length(split_part(s.name_key, ' ', 1)) - length(split_part(s.name_key, ' ', -1)), 0
            ))) AS middle_words,
            -- on 1 January most are born of whom only the year is known
            s.birth_date_precision = 'day' AND extract(DOY FROM s.birth_date) <> 1 AS is_day,
            CASE
                WHEN
                    NOT EXISTS (
                        SELECT 1
                        FROM batch_shared_phone AS h
                        WHERE h.phone = s.phone AND h.since_upload_id <= s.upload_id
                    )
                    THEN s.phone
            END AS phone,
            coalesce(
                (
                    SELECT bit_or(registry.number_ends(k.kind, k.value))
                    FROM batch_key AS k
                    WHERE k.sig = s.sig AND k.is_number
                ),
                0
            ) AS number_ends,
            CAST(extract(YEAR FROM s.birth_date) AS integer) AS birth_year,
            CAST(extract(MONTH FROM s.birth_date) AS integer) AS birth_month,
            CAST(extract(DAY FROM s.birth_date) AS integer) AS birth_day,
            -- day and month swapped
            make_date(
                CAST(extract(YEAR FROM s.birth_date) AS integer),
                least(CAST(extract(DAY FROM s.birth_date) AS integer), 12),
                1
            ) + CAST(extract(MONTH FROM s.birth_date) AS integer) - 1 AS swapped
        FROM batch_signature AS s
        INNER JOIN batch_row AS b ON s.sig = b.seq
        WHERE
            s.state = 'open'
            AND NOT EXISTS (SELECT 1 FROM batch_link AS l WHERE l.sig = s.sig AND l.matches)
            AND NOT EXISTS (
                SELECT 1
                FROM batch_near AS r
                INNER JOIN batch_signature AS o ON r.other_sig = o.sig
                WHERE r.sig = s.sig AND r.other_sig < s.sig AND o.state = 'open'
            )
    ) AS d
    CROSS JOIN most AS m
    CROSS JOIN
        LATERAL (
            SELECT
                CAST(coalesce(b.bits -> ('family ' || d.first_word), b.bits -> 'family *') AS real) AS family,
                CAST(coalesce(b.bits -> ('middle ' || d.middle_words), b.bits -> 'middle *') AS real) AS middle,
                CAST(coalesce(b.bits -> ('given ' || d.last_word), b.bits -> 'given *') AS real) AS given
            FROM rarity AS b
        ) AS e
),

in_block AS (
    -- the same words, and a day of that month
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking ORDER BY name_block, birth_date) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                p.name_block = a.name_block
                AND p.birth_date BETWEEN a.month_start AND greatest(a.month_start + 30, a.birth_date_latest)
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- the same words, and that day of another month, day and month swapped, or the bare year
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking ORDER BY name_block, birth_date) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                p.name_block = a.name_block
                AND p.birth_date = ANY(
                    ARRAY[
                        a.new_year, a.swapped,
                        a.new_year + a.birth_day - 1, a.new_year + 31 + a.birth_day - 1,
                        make_date(a.birth_year, 3, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 4, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 5, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 6, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 7, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 8, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 9, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 10, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 11, 1) + a.birth_day - 1,
                        make_date(a.birth_year, 12, 1) + a.birth_day - 1
                    ]
                )
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- the same words, day and month
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking WHERE name_day IS NOT NULL ORDER BY name_day) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                registry.name_day_block(p.name_block, p.birth_date) = a.name_day
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- family and given name, in either order, and the birth date
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking ORDER BY ends_birth) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                registry.ends_birth_block(p.name_key, p.birth_date) = a.ends_birth
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- the same, day and month swapped
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking WHERE ends_swapped IS NOT NULL ORDER BY ends_swapped) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                registry.ends_birth_block(p.name_key, p.birth_date) = a.ends_swapped
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- a given name that is not too common and the birth date; the family name may be mistyped, or all else at one place
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking WHERE given_birth IS NOT NULL ORDER BY given_birth) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                registry.word_birth_block(split_part(p.name_key, ' ', -1), p.birth_date) = a.given_birth
                AND extract(DOY FROM p.birth_date) <> 1
                AND (
                    p.home_district = a.district_code
                    OR strpos(a.name_key, ' ') = 0 OR strpos(p.name_key, ' ') = 0
                    OR registry.is_near_word(split_part(p.name_key, ' ', 1), a.first_word)
                )
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- the same by the family name: the given name may be mistyped or left out
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking WHERE family_birth IS NOT NULL ORDER BY family_birth) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                registry.word_birth_block(split_part(p.name_key, ' ', 1), p.birth_date) = a.family_birth
                AND extract(DOY FROM p.birth_date) <> 1
                AND (
                    strpos(a.name_key, ' ') = 0 OR strpos(p.name_key, ' ') = 0
                    OR registry.is_near_word(split_part(p.name_key, ' ', -1), a.last_word)
                )
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- the birth date in one ward; not those of another given name, in either order, who are left out in the end anyway
    SELECT
        a.sig,
        f.*
    FROM (SELECT * FROM asking WHERE home_birth IS NOT NULL ORDER BY home_birth) AS a
    CROSS JOIN
        LATERAL (
            SELECT p.*
            FROM registry.person AS p
            WHERE
                registry.home_birth_block(p.home_district, p.home_ward, p.birth_date) = a.home_birth
                AND p.home_ward IS NOT NULL AND extract(DOY FROM p.birth_date) <> 1
                AND (
                    p.name_block = a.name_block OR replace(p.name_key, ' ', '') = replace(a.name_key, ' ', '')
                    OR split_part(p.name_key, ' ', -1) IN (a.last_word, a.first_word)
                    OR split_part(p.name_key, ' ', 1) = a.last_word
                    OR registry.is_near_word(split_part(p.name_key, ' ', -1), a.last_word)
                    OR (
                        split_part(p.name_key, ' ', 1) = a.first_word
                        AND (strpos(a.name_key, ' ') = 0 OR strpos(p.name_key, ' ') = 0)
                    )
                )
            ORDER BY p.person_id
        ) AS f
    UNION ALL
    -- who holds a number of the row and agrees in neither name nor birth date
    SELECT
        l.sig,
        f.*
    FROM (SELECT k.* FROM batch_link AS k INNER JOIN asking AS a ON k.sig = a.sig WHERE k.is_number) AS l
    CROSS JOIN LATERAL (
        SELECT p.*
        FROM registry.person AS p
        WHERE p.person_id = l.person_id
        ORDER BY p.person_id
    ) AS f
)

SELECT
    c.sig,
    c.person_id,
    bool_or(c.by_phone) AS by_phone,
    bool_or(c.is_close) AS is_close
FROM (
    SELECT
        f.sig,
        f.person_id,
        FALSE AS by_phone,
        f.may_have_number AND f.bits + f.number_bits >= 0 AS may_have_number,
        f.agrees AND f.bits >= 0 AS is_close
    FROM (
        SELECT
            p.sig,
            p.person_id,
            a.number_ends & p.number_ends <> 0 AS may_have_number,
            m.number - m.no_number AS number_bits,
            -- two birthdays need more in common than a name: place, phone or a number
            coalesce(
                (p.birth_date <= a.birth_date_latest AND a.birth_date <= p.birth_date_latest)
                OR a.district_code = p.home_district OR a.ward = p.home_ward OR a.address = p.home_address
                OR a.birth_date_precision <> 'day' OR p.birth_date_precision <> 'day'
                OR p.birth_date = a.swapped,
                FALSE
            ) AS agrees,
            -- how far the score can still go above what is needed, without a number; a hundredth for rounding
            m.prior + 0.01 + m.no_number + m.other_phone
            + CASE WHEN a.sex = p.sex THEN m.sex ELSE m.other_sex END
            + CASE
                WHEN
                    a.birth_date = p.birth_date OR a.birth_date_precision <> 'day' OR p.birth_date_precision <> 'day'
                    THEN m.birth
                WHEN p.birth_date = a.swapped THEN m.swapped_birth
                ELSE m.other_birth
            END
            + CASE
                -- a slip apart at most
                WHEN abs(least(length(a.address), 100) - least(length(p.home_address), 100)) <= 2 THEN m.place
                WHEN a.district_code <> p.home_district THEN m.other_district
                ELSE m.other_address
            END
            + CASE
                WHEN a.name_key = p.name_key THEN a.name_bits + m.equal_words
                -- one of the parts is another, and they are not turned
                WHEN
                    a.name_block <> p.name_block
                    AND (
                        a.first_word = split_part(p.name_key, ' ', 1)
                        OR a.last_word = split_part(p.name_key, ' ', -1)
                    )
                    AND replace(a.name_key, ' ', '') <> replace(p.name_key, ' ', '')
                    THEN a.part_bits + m.words
                ELSE m.rare_name + m.words
            END AS bits
        FROM in_block AS p
        INNER JOIN asking AS a ON p.sig = a.sig
        CROSS JOIN most AS m
    ) AS f
    UNION ALL
    SELECT
        a.sig,
        t.person_id,
        TRUE AS by_phone,
        FALSE AS may_have_number,
        TRUE AS is_close
    FROM asking AS a
    CROSS JOIN
        LATERAL (SELECT o.person_id FROM registry.person_phone AS o WHERE o.phone = a.phone ORDER BY o.person_id) AS t
) AS c
WHERE c.is_close OR c.may_have_number
GROUP BY c.person_id, c.sig
ORDER BY c.person_id, c.sig
