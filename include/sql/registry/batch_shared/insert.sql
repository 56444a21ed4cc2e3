-- Which numbers three or more different persons were sent with: holders, earlier claims, and this batch's files in
-- their order. Inside a file the order of rows does not count. One name and birth year are one person here: a day left
-- out or mistyped makes nobody else. Nor do spellings of one name: who shares the birth year (or the name) with the
-- holder is taken for the holder, so there must be three names and three years, three years of one name, or six names
-- of one year, which is a number or birth date that was filled in for want of one.
INSERT INTO batch_shared (kind, value, since_upload_id)
WITH claim AS MATERIALIZED (
    SELECT
        a.kind,
        a.value,
        a.name_key,
        a.birth_year,
        min(a.since_upload_id) AS since_upload_id
    FROM (
        SELECT
            k.kind,
            k.value,
            s.name_key,
            extract(YEAR FROM s.birth_date) AS birth_year,
            s.upload_id AS since_upload_id
        FROM batch_key AS k
        INNER JOIN batch_signature AS s ON k.sig = s.sig
        WHERE k.is_number
        UNION ALL
        SELECT
            t.kind,
            t.value,
            t.name_key,
            t.birth_year,
            t.upload_id AS since_upload_id
        FROM batch_sent AS t
        UNION ALL
        SELECT
            k.kind,
            k.value,
            h.name_key,
            extract(YEAR FROM h.birth_date) AS birth_year,
            0 AS since_upload_id
        FROM (SELECT DISTINCT kind, value FROM batch_key WHERE is_number) AS k
        -- number by number (ORDER BY), hence by index, however many there are
        CROSS JOIN LATERAL (
            SELECT
                p.name_key,
                p.birth_date
            FROM registry.person_identifier AS i
            INNER JOIN registry.person AS p ON i.person_id = p.person_id
            WHERE i.kind = k.kind AND i.value = k.value AND i.under_own_name
            UNION ALL
            SELECT
                c.name_key,
                c.birth_date
            FROM registry.identifier_claim AS c
            WHERE c.kind = k.kind AND c.value = k.value
            ORDER BY name_key
        ) AS h
    ) AS a
    GROUP BY a.kind, a.value, a.name_key, a.birth_year
),

several AS MATERIALIZED (
    SELECT c.*
    FROM claim AS c
    INNER JOIN (
        SELECT
            o.kind,
            o.value
        FROM claim AS o
        GROUP BY o.kind, o.value
        HAVING count(*) >= 3
    ) AS n ON c.kind = n.kind AND c.value = n.value
),

third_name AS (
    SELECT
        n.kind,
        n.value,
        (array_agg(n.since_upload_id ORDER BY n.since_upload_id))[3] AS since_upload_id
    FROM (
        SELECT
            c.kind,
            c.value,
            min(c.since_upload_id) AS since_upload_id
        FROM several AS c
        GROUP BY c.kind, c.value, c.name_key
    ) AS n
    GROUP BY n.kind, n.value
),

third_year AS (
    SELECT
        y.kind,
        y.value,
        (array_agg(y.since_upload_id ORDER BY y.since_upload_id))[3] AS since_upload_id
    FROM (
        SELECT
            c.kind,
            c.value,
            min(c.since_upload_id) AS since_upload_id
        FROM several AS c
        GROUP BY c.kind, c.value, c.birth_year
    ) AS y
    GROUP BY y.kind, y.value
)

SELECT
    t.kind,
    t.value,
    min(t.since_upload_id) AS since_upload_id
FROM (
    SELECT
        n.kind,
        n.value,
        greatest(n.since_upload_id, y.since_upload_id) AS since_upload_id
    FROM third_name AS n
    INNER JOIN third_year AS y ON n.kind = y.kind AND n.value = y.value
    WHERE n.since_upload_id IS NOT NULL AND y.since_upload_id IS NOT NULL
    UNION ALL
    SELECT
        c.kind,
        c.value,
        (array_agg(c.since_upload_id ORDER BY c.since_upload_id))[3] AS since_upload_id
    FROM several AS c
    GROUP BY c.kind, c.value, c.name_key
    HAVING count(*) >= 3
    UNION ALL
    SELECT
        c.kind,
        c.value,
        (array_agg(c.since_upload_id ORDER BY c.since_upload_id))[6] AS since_upload_id
    FROM several AS c
    GROUP BY c.kind, c.value, c.birth_year
    HAVING count(*) >= 6
) AS t
GROUP BY t.kind, t.value
