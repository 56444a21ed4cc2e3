-- Open signatures of a batch that resemble each other: by the blocks in which candidates are looked for, or by phone.
-- Those with another number of one kind are two people, and wait for nobody, unless it is of a kind that changes in a
-- life (CMND, passport, insurance) and they have one birth date and an address each. Nor do those with two birthdays
-- and nothing beside name, sex and district that could make up for it (phone, place, mistyped number): by the weights
-- they cannot be alike (a test holds match_weights.csv to that), and a crowd of namesakes would wait one for the other.
INSERT INTO batch_near (sig, other_sig)
WITH asking AS MATERIALIZED (
    SELECT
        s.sig,
        s.name_block,
        s.birth_date,
        s.birth_date_latest,
        s.birth_date_precision,
        s.phone,
        s.ward IS NOT NULL OR r.address IS NOT NULL AS has_place,
        r.address IS NOT NULL AS has_address,
        s.name_key,
        s.district_code,
        split_part(s.name_key, ' ', 1) AS first_word,
        split_part(s.name_key, ' ', -1) AS last_word,
        CASE
            WHEN
                s.birth_date_precision = 'day' AND extract(DOY FROM s.birth_date) <> 1
                AND NOT EXISTS (
                    SELECT 1
                    FROM reference.name_frequency AS n
                    WHERE n.part = 'given' AND n.name = split_part(s.name_key, ' ', -1) AND n.share > 0.015
                )
                THEN registry.word_birth_block(split_part(s.name_key, ' ', -1), s.birth_date)
        END AS given_birth,
        CASE
            WHEN
                s.birth_date_precision = 'day' AND extract(DOY FROM s.birth_date) <> 1
                AND NOT EXISTS (
                    SELECT 1
                    FROM reference.name_frequency AS n
                    WHERE n.part = 'family' AND n.name = split_part(s.name_key, ' ', 1) AND n.share > 0.015
                )
                THEN registry.word_birth_block(split_part(s.name_key, ' ', 1), s.birth_date)
        END AS family_birth,
        CASE
            WHEN s.birth_date_precision = 'day' AND extract(DOY FROM s.birth_date) <> 1
                THEN registry.home_birth_block(s.district_code, lower(s.ward), s.birth_date)
        END AS home_birth,
        (
            SELECT array_agg(k.kind || ' ' || k.value ORDER BY k.kind, k.value)
            FROM batch_key AS k
            WHERE k.sig = s.sig AND k.is_number
        ) AS numbers,
        registry.ends_birth_block(s.name_key, s.birth_date) AS ends_birth,
        registry.name_day_block(s.name_block, s.birth_date) AS name_day,
        extract(YEAR FROM s.birth_date) AS birth_year,
        extract(MONTH FROM s.birth_date) AS birth_month,
        extract(DAY FROM s.birth_date) AS birth_day,
        CASE
            WHEN extract(DAY FROM s.birth_date) <= 12 AND s.birth_date_precision = 'day'
                THEN registry.ends_birth_block(
                    s.name_key,
                    make_date(
                        CAST(extract(YEAR FROM s.birth_date) AS integer),
                        CAST(extract(DAY FROM s.birth_date) AS integer),
                        CAST(extract(MONTH FROM s.birth_date) AS integer)
                    )
                )
        END AS ends_swapped
    FROM batch_signature AS s
    INNER JOIN batch_row AS r ON s.sig = r.seq
    WHERE s.state = 'open'
),

pair AS (
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.name_block = b.name_block AND a.birth_year = b.birth_year AND a.sig < b.sig
    WHERE
        a.birth_month = b.birth_month OR a.birth_day = b.birth_day
        OR (a.birth_month = b.birth_day AND a.birth_day = b.birth_month)
        OR (a.birth_date <= b.birth_date_latest AND b.birth_date <= a.birth_date_latest)
    UNION
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.name_day = b.name_day AND a.sig < b.sig
    UNION
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.ends_birth = b.ends_birth AND a.sig < b.sig
    UNION
    SELECT
        least(a.sig, b.sig) AS sig,
        greatest(a.sig, b.sig) AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.ends_swapped = b.ends_birth AND a.sig <> b.sig
    UNION
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.given_birth = b.given_birth AND a.sig < b.sig
    WHERE
        a.district_code = b.district_code
        OR strpos(a.name_key, ' ') = 0 OR strpos(b.name_key, ' ') = 0
        OR registry.is_near_word(a.first_word, b.first_word)
    UNION
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.family_birth = b.family_birth AND a.sig < b.sig
    WHERE
        strpos(a.name_key, ' ') = 0 OR strpos(b.name_key, ' ') = 0
        OR registry.is_near_word(a.last_word, b.last_word)
    UNION
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.home_birth = b.home_birth AND a.sig < b.sig
    UNION
    SELECT
        a.sig,
        b.sig AS other_sig
    FROM asking AS a
    INNER JOIN asking AS b ON a.phone = b.phone AND a.sig < b.sig
    WHERE NOT EXISTS (SELECT 1 FROM batch_shared_phone AS h WHERE h.phone = a.phone)
),

kept AS MATERIALIZED (
    SELECT
        p.sig,
        p.other_sig,
        -- two numbers of a kind that changes in a life
        a.birth_date = b.birth_date AND a.has_address AND b.has_address AS may_be_renewed
    FROM pair AS p
    INNER JOIN asking AS a ON p.sig = a.sig
    INNER JOIN asking AS b ON p.other_sig = b.sig
    WHERE
        (a.birth_date <= b.birth_date_latest AND b.birth_date <= a.birth_date_latest)
        OR a.birth_date_precision <> 'day' OR b.birth_date_precision <> 'day'
        OR (a.birth_year = b.birth_year AND a.birth_month = b.birth_day AND a.birth_day = b.birth_month)
        OR a.phone = b.phone OR (a.has_place AND b.has_place) OR a.numbers <> b.numbers
)

SELECT
    d.sig,
    d.other_sig
FROM kept AS p
CROSS JOIN LATERAL (VALUES (p.sig, p.other_sig), (p.other_sig, p.sig)) AS d (sig, other_sig)
WHERE
    NOT EXISTS (
        SELECT 1
        FROM batch_key AS k
        INNER JOIN batch_key AS o ON k.kind = o.kind
        WHERE k.sig = p.sig AND o.sig = p.other_sig AND k.is_number
        GROUP BY k.kind
        HAVING
            NOT bool_or(k.value = o.value OR registry.is_near_number(k.value, o.value))
            AND NOT (p.may_be_renewed AND (k.kind <> 'cccd' OR NOT bool_and(k.trusted)))
    )
