-- Which numbers three or more different persons were sent with: holders, earlier claims, and this batch's files in
-- their order. Inside a file the order of rows does not count. One name and birth year are one person here: a day left
-- out or mistyped makes nobody else.
INSERT INTO batch_shared (kind, value, since_upload_id)
SELECT
    c.kind,
    c.value,
    (array_agg(c.since_upload_id ORDER BY c.since_upload_id))[3] AS since_upload_id
FROM (
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
) AS c
GROUP BY c.kind, c.value
HAVING count(*) >= 3
