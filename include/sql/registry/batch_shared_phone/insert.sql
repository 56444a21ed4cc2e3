-- Which phones stand for more than 20 persons: those known with it, and who this batch's files send with it, in their
-- order. Inside a file the order of rows does not count. One name and birth year are one person here.
INSERT INTO batch_shared_phone (phone, since_upload_id)
SELECT
    c.phone,
    (array_agg(c.since_upload_id ORDER BY c.since_upload_id))[21] AS since_upload_id
FROM (
    SELECT
        a.phone,
        min(a.since_upload_id) AS since_upload_id
    FROM (
        SELECT
            s.phone,
            s.name_key,
            extract(YEAR FROM s.birth_date) AS birth_year,
            s.upload_id AS since_upload_id
        FROM batch_signature AS s
        WHERE s.phone IS NOT NULL
        UNION ALL
        SELECT
            k.phone,
            h.name_key,
            extract(YEAR FROM h.birth_date) AS birth_year,
            0 AS since_upload_id
        FROM (SELECT DISTINCT phone FROM batch_signature WHERE phone IS NOT NULL) AS k
        -- phone by phone (ORDER BY), hence by index, however many there are
        CROSS JOIN LATERAL (
            SELECT
                p.name_key,
                p.birth_date
            FROM registry.person_phone AS f
            INNER JOIN registry.person AS p ON f.person_id = p.person_id
            WHERE f.phone = k.phone
            ORDER BY f.person_id
        ) AS h
    ) AS a
    GROUP BY a.phone, a.name_key, a.birth_year
) AS c
GROUP BY c.phone
HAVING count(*) > 20
ON CONFLICT (phone) DO UPDATE SET since_upload_id = least(batch_shared_phone.since_upload_id, excluded.since_upload_id)
