-- The corrections of a pass with the dose that each names: by record id, in its unit (where the row names none: the
-- sender's, else a unit's below it); else by person, vaccine and day. Of several the one that agrees with all that the
-- row says; where that is not exactly one, none. A dose that was withdrawn is found by one that withdraws it again.
INSERT INTO batch_correction (
    seq, pass, action, upload_id, row_number, dose_id, is_void, person_id, only_ours
)
WITH correction AS (
    SELECT b.*
    FROM batch_row AS b
    LEFT JOIN batch_pass AS p ON b.seq = p.seq
    WHERE b.outcome IS NULL AND b.action IN ('update', 'void') AND coalesce(p.pass, 1) = :pass
),

named AS (
    SELECT
        c.seq,
        d.dose_id,
        d.voided_at IS NOT NULL AS is_void,
        o.level,
        coalesce(d.vaccine = c.vaccine, c.vaccine_text IS NULL)
        AND coalesce(d.given_on = c.given_on, c.given_on_text IS NULL)
        AND coalesce(d.dose_number = c.dose_number, c.dose_number_text IS NULL) AS agrees
    FROM correction AS c
    INNER JOIN batch_own_unit AS o ON c.sender_unit_code = o.sender_unit_code
    INNER JOIN registry.dose AS d ON o.unit_code = d.unit_code AND c.record_id = d.record_id
    WHERE
        d.source = 'administered'
        AND (o.unit_code = c.unit_code OR c.unit_code_text IS NULL)
        -- the file uses the id anew, for somebody else
        AND NOT EXISTS (
            SELECT 1
            FROM batch_row AS r
            INNER JOIN batch_issue AS i ON r.seq = i.seq
            WHERE
                r.upload_id = c.upload_id AND r.seq < c.seq AND r.record_id = c.record_id
                AND i.rule = 'record.record_id_reused'
        )
    UNION ALL
    SELECT
        c.seq,
        d.dose_id,
        d.voided_at IS NOT NULL AS is_void,
        -- a number goes before the name
        CASE WHEN k.by_number THEN 0 ELSE 1 END AS level,
        TRUE AS agrees
    FROM correction AS c
    INNER JOIN registry.dose AS d
        ON c.unit_code = d.unit_code AND c.given_on = d.given_on AND c.vaccine = d.vaccine
    -- the person, and those that were merged into it
    CROSS JOIN
        LATERAL (
            SELECT s.* FROM registry.person AS s WHERE s.person_id = d.person_id
            UNION ALL
            SELECT m.* FROM registry.person AS m WHERE m.merged_into_person_id = d.person_id
        ) AS p
    CROSS JOIN
        LATERAL (
            SELECT
                coalesce(p.name_key = c.name_key, FALSE) AS name_agrees,
                coalesce(
                    p.birth_date <= c.birth_date_latest AND c.birth_date <= p.birth_date_latest, FALSE
                ) AS birth_agrees,
                EXISTS(
                    SELECT 1
                    FROM registry.person_identifier AS i
                    WHERE
                        i.person_id = p.person_id
                        AND (i.kind, i.value) IN (
                            (c.national_id_kind, c.national_id),
                            (c.second_national_id_kind, c.second_national_id),
                            (c.third_national_id_kind, c.third_national_id),
                            ('health_insurance', c.health_insurance_key)
                        )
                ) AS has_number
        ) AS a
    CROSS JOIN
        LATERAL (
            SELECT
                a.has_number
                AND (a.name_agrees OR a.birth_agrees OR c.name_key IS NULL OR c.birth_date IS NULL) AS by_number
        ) AS k
    WHERE
        c.record_id IS NULL AND d.source = 'administered'
        AND (
            k.by_number
            OR (a.name_agrees AND (a.birth_agrees OR (c.birth_date_text IS NULL AND c.phone = ANY(p.phones))))
        )
),

ranked AS (
    SELECT
        n.*,
        rank() OVER (PARTITION BY n.seq ORDER BY n.is_void, n.level) AS place
    FROM named AS n
),

counted AS (
    SELECT
        r.seq,
        bool_and(r.is_void) AS is_void,
        count(DISTINCT r.dose_id) AS doses,
        count(DISTINCT r.dose_id) FILTER (WHERE r.agrees) AS agreeing,
        max(r.dose_id) AS dose_id,
        max(r.dose_id) FILTER (WHERE r.agrees) AS agreeing_dose_id
    FROM ranked AS r
    WHERE r.place = 1
    GROUP BY r.seq
),

chosen AS (
    SELECT
        t.seq,
        t.is_void,
        CASE WHEN t.doses = 1 OR t.is_void THEN t.dose_id WHEN t.agreeing = 1 THEN t.agreeing_dose_id END AS dose_id
    FROM counted AS t
)

SELECT
    c.seq,
    :pass AS pass,
    c.action,
    c.upload_id,
    c.row_number,
    d.dose_id,
    coalesce(t.is_void, FALSE) AS is_void,
    d.person_id,
    d.dose_id IS NOT NULL AND NOT EXISTS (
        SELECT 1
        FROM registry.dose AS o
        WHERE o.person_id = d.person_id AND o.voided_at IS NULL AND o.unit_code <> d.unit_code
    ) AS only_ours
FROM correction AS c
LEFT JOIN chosen AS t ON c.seq = t.seq
LEFT JOIN registry.dose AS d ON t.dose_id = d.dose_id
