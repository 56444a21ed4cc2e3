-- What newer rows say of a known person: the last value that is not empty. Sex and birth date stay, and of the name all
-- but its spelling: the last one with the same letters, where a list without diacritics takes none away.
UPDATE registry.person AS p
SET
    full_name = coalesce(n.full_name, p.full_name),
    phone = coalesce(n.phone, p.phone),
    address = coalesce(n.address, p.address),
    ward = coalesce(n.ward, p.ward),
    district_code = coalesce(n.district_code, p.district_code),
    province = coalesce(n.province, p.province),
    priority_group = coalesce(n.priority_group, p.priority_group),
    updated_at = now()
FROM (
    SELECT
        e.person_id,
        (
            array_agg(b.full_name ORDER BY registry.has_diacritics(b.full_name) DESC, e.seq DESC)
            FILTER (
                WHERE
                b.name_key = k.name_key
                AND (registry.has_diacritics(b.full_name) OR NOT registry.has_diacritics(k.full_name))
            )
        )[1] AS full_name,
        (array_agg(b.phone ORDER BY e.seq DESC) FILTER (WHERE b.phone IS NOT NULL))[1] AS phone,
        (array_agg(b.address ORDER BY e.seq DESC) FILTER (WHERE b.address IS NOT NULL))[1] AS address,
        (array_agg(b.ward ORDER BY e.seq DESC) FILTER (WHERE b.ward IS NOT NULL))[1] AS ward,
        (array_agg(b.district_code ORDER BY e.seq DESC) FILTER (WHERE b.district_code IS NOT NULL))[1]
            AS district_code,
        (array_agg(b.province_text ORDER BY e.seq DESC) FILTER (WHERE b.province_text IS NOT NULL))[1]
            AS province,
        (array_agg(b.priority_group ORDER BY e.seq DESC) FILTER (WHERE b.priority_group IS NOT NULL))[1]
            AS priority_group
    FROM batch_entry AS e
    INNER JOIN batch_row AS b ON e.seq = b.seq
    INNER JOIN registry.person AS k ON e.person_id = k.person_id
    WHERE
        e.pass = :pass AND e.outcome IN ('loaded', 'updated') AND e.first_seq = e.seq AND NOT e.alone
        -- an update of a person that only its unit has entered says more: person/correct
        AND NOT EXISTS (
            SELECT 1
            FROM batch_correction AS c
            WHERE c.seq = e.seq AND e.action = 'update' AND c.only_ours AND c.person_id = e.person_id
        )
    GROUP BY e.person_id
) AS n
WHERE
    p.person_id = n.person_id
    AND ROW(
        coalesce(n.full_name, p.full_name), coalesce(n.phone, p.phone), coalesce(n.address, p.address),
        coalesce(n.ward, p.ward), coalesce(n.district_code, p.district_code), coalesce(n.province, p.province),
        coalesce(n.priority_group, p.priority_group)
    ) IS DISTINCT FROM ROW(p.full_name, p.phone, p.address, p.ward, p.district_code, p.province, p.priority_group)
