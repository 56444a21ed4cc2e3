-- The open signatures on numbers that are shared as of their file.
-- Such a number matches only where name and birth date agree. Of the earlier open signatures with it, one then matters
-- that has the same name and an overlapping birth date; while no holder agrees with an identity number, also one that
-- agrees in either, and while nobody holds it, any; and always one for which the number still told. Birth dates that
-- overlap are equal, or one of them is a month or a year.
INSERT INTO batch_crowd (sig, kind, value, is_held, agrees, waits)
SELECT
    c.sig,
    c.kind,
    c.value,
    c.is_held,
    c.agrees,
    least(c.first_unshared, c.first_same, c.first_coarse, CASE WHEN c.is_coarse THEN c.first_of_year END) < c.sig
    OR (
        c.kind <> 'health_insurance' AND NOT c.agrees
        AND least(
            c.first_of_name, c.first_born, c.first_born_coarse, CASE WHEN c.is_coarse THEN c.first_born_in_year END,
            CASE WHEN NOT c.is_held THEN c.first_of_all END
        ) < c.sig
    ) AS waits
FROM (
    SELECT
        o.sig,
        o.kind,
        o.value,
        o.is_shared,
        o.is_coarse,
        EXISTS(
            SELECT 1 FROM batch_claim AS b WHERE b.kind = o.kind AND b.value = o.value AND b.since_sig < o.sig
        ) AS is_held,
        EXISTS(
            SELECT 1
            FROM batch_claim AS b
            WHERE
                b.kind = o.kind AND b.value = o.value AND b.since_sig < o.sig AND b.name_key = o.name_key
            UNION ALL
            SELECT 1
            FROM batch_claim AS b
            WHERE
                b.kind = o.kind AND b.value = o.value AND b.since_sig < o.sig
                AND extract(YEAR FROM b.birth_date) = o.birth_year
                AND b.birth_date <= o.birth_date_latest AND o.birth_date <= b.birth_date_latest
        ) AS agrees,
        min(o.sig) OVER (PARTITION BY o.kind, o.value) AS first_of_all,
        min(o.sig) FILTER (WHERE NOT o.is_shared) OVER (PARTITION BY o.kind, o.value) AS first_unshared,
        min(o.sig) OVER (PARTITION BY o.kind, o.value, o.name_key) AS first_of_name,
        min(o.sig) OVER (PARTITION BY o.kind, o.value, o.name_key, o.birth_date, o.is_coarse) AS first_same,
        min(o.sig) FILTER (WHERE o.is_coarse)
            OVER (PARTITION BY o.kind, o.value, o.name_key, o.birth_year) AS first_coarse,
        min(o.sig) OVER (PARTITION BY o.kind, o.value, o.name_key, o.birth_year) AS first_of_year,
        min(o.sig) OVER (PARTITION BY o.kind, o.value, o.birth_date, o.is_coarse) AS first_born,
        min(o.sig) FILTER (WHERE o.is_coarse)
            OVER (PARTITION BY o.kind, o.value, o.birth_year) AS first_born_coarse,
        min(o.sig) OVER (PARTITION BY o.kind, o.value, o.birth_year) AS first_born_in_year
    FROM (
        SELECT
            k.sig,
            k.kind,
            k.value,
            s.name_key,
            s.birth_date,
            s.birth_date_latest,
            extract(YEAR FROM s.birth_date) AS birth_year,
            s.birth_date_precision <> 'day' AS is_coarse,
            k.shared AS is_shared
        FROM batch_shared AS h
        INNER JOIN batch_key AS k ON h.kind = k.kind AND h.value = k.value
        INNER JOIN batch_signature AS s ON k.sig = s.sig
        WHERE s.state = 'open'
    ) AS o
) AS c
WHERE c.is_shared
