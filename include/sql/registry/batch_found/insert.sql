-- Whom the open signatures that no key leads anywhere may resemble: persons of the same blocks.
-- Block by block for one signature at a time (UNION), hence through the indexes: joined as a whole, the planner
-- would read and hash the table of persons once a block and round, which takes longer the more persons there are.
INSERT INTO batch_found (sig, person_id)
SELECT
    a.sig,
    f.person_id
FROM (
    SELECT
        s.sig,
        s.name_key,
        s.name_block,
        s.birth_date,
        s.birth_date_latest,
        s.birth_date_precision,
        s.district_code,
        lower(s.ward) AS ward,
        split_part(s.name_key, ' ', 1) AS first_word,
        split_part(s.name_key, ' ', -1) AS last_word,
        -- on 1 January most are born of whom only the year is known
        s.birth_date_precision = 'day' AND extract(DOY FROM s.birth_date) <> 1 AS is_day,
        CASE
            WHEN
                NOT EXISTS (
                    SELECT 1 FROM batch_shared_phone AS h WHERE h.phone = s.phone AND h.since_upload_id <= s.upload_id
                )
                THEN s.phone
        END AS phone,
        make_date(CAST(extract(YEAR FROM s.birth_date) AS integer), 1, 1) AS new_year,
        CAST(date_trunc('month', s.birth_date) AS date) AS month_start,
        CAST(extract(MONTH FROM s.birth_date) AS integer) AS birth_month,
        CAST(extract(DAY FROM s.birth_date) AS integer) AS birth_day,
        -- day and month swapped
        make_date(
            CAST(extract(YEAR FROM s.birth_date) AS integer),
            least(CAST(extract(DAY FROM s.birth_date) AS integer), 12),
            1
        ) + CAST(extract(MONTH FROM s.birth_date) AS integer) - 1 AS swapped
    FROM batch_signature AS s
    WHERE
        s.state = 'open'
        AND NOT EXISTS (SELECT 1 FROM batch_link AS l WHERE l.sig = s.sig AND l.matches)
        AND NOT EXISTS (
            SELECT 1
            FROM batch_near AS r
            INNER JOIN batch_signature AS o ON r.other_sig = o.sig
            WHERE r.sig = s.sig AND r.other_sig < s.sig AND o.state = 'open'
        )
) AS a
CROSS JOIN LATERAL (
    -- the same words, and a day of that month
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        p.name_block = a.name_block
        AND p.birth_date BETWEEN a.month_start AND greatest(a.month_start + 30, a.birth_date_latest)
    UNION
    -- the same words, and that day of another month, day and month swapped, or the bare year
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        p.name_block = a.name_block
        AND p.birth_date = ANY(
            ARRAY[
                a.new_year, a.swapped,
                a.new_year + a.birth_day - 1, a.new_year + 31 + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 3, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 4, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 5, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 6, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 7, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 8, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 9, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 10, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 11, 1) + a.birth_day - 1,
                make_date(CAST(extract(YEAR FROM a.new_year) AS integer), 12, 1) + a.birth_day - 1
            ]
        )
    UNION
    -- the same words, day and month
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        registry.name_day_block(p.name_block, p.birth_date) = registry.name_day_block(a.name_block, a.birth_date)
        AND a.birth_date_precision = 'day'
    UNION
    -- family and given name, in either order, and the birth date
    SELECT p.person_id
    FROM registry.person AS p
    WHERE registry.ends_birth_block(p.name_key, p.birth_date) = registry.ends_birth_block(a.name_key, a.birth_date)
    UNION
    -- the same, day and month swapped
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        registry.ends_birth_block(p.name_key, p.birth_date) = registry.ends_birth_block(a.name_key, a.swapped)
        AND a.birth_day <= 12 AND a.birth_day <> a.birth_month
    UNION
    -- a given name that is not too common and the birth date; the family name may be mistyped, or all else at one place
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        registry.word_birth_block(split_part(p.name_key, ' ', -1), p.birth_date)
        = registry.word_birth_block(a.last_word, a.birth_date)
        AND extract(DOY FROM p.birth_date) <> 1 AND a.is_day
        AND NOT EXISTS (
            SELECT 1
            FROM reference.name_frequency AS n
            WHERE n.part = 'given' AND n.name = a.last_word AND n.share > 0.015
        )
        AND (
            p.home_district = a.district_code
            OR strpos(a.name_key, ' ') = 0 OR strpos(p.name_key, ' ') = 0
            OR registry.is_near_word(split_part(p.name_key, ' ', 1), a.first_word)
        )
    UNION
    -- the same by the family name: the given name may be mistyped or left out
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        registry.word_birth_block(split_part(p.name_key, ' ', 1), p.birth_date)
        = registry.word_birth_block(a.first_word, a.birth_date)
        AND extract(DOY FROM p.birth_date) <> 1 AND a.is_day
        AND NOT EXISTS (
            SELECT 1
            FROM reference.name_frequency AS n
            WHERE n.part = 'family' AND n.name = a.first_word AND n.share > 0.015
        )
        AND (
            strpos(a.name_key, ' ') = 0 OR strpos(p.name_key, ' ') = 0
            OR registry.is_near_word(split_part(p.name_key, ' ', -1), a.last_word)
        )
    UNION
    -- the birth date in one ward
    SELECT p.person_id
    FROM registry.person AS p
    WHERE
        registry.home_birth_block(p.home_district, p.home_ward, p.birth_date)
        = registry.home_birth_block(a.district_code, a.ward, a.birth_date)
        AND p.home_ward IS NOT NULL AND extract(DOY FROM p.birth_date) <> 1 AND a.is_day
    UNION
    -- who holds a number of the row and agrees in neither name nor birth date
    SELECT l.person_id
    FROM batch_link AS l
    WHERE l.sig = a.sig AND l.is_number
    UNION
    SELECT t.person_id
    FROM registry.person_phone AS t
    WHERE t.phone = a.phone
) AS f
