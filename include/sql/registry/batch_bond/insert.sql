-- What the registry ties to what this round reached anew: numbers and names to persons, record ids and earlier states
-- of records to the persons of their doses, persons to all of theirs; and held records to what they say.
INSERT INTO batch_bond (kind, value, other_kind, other_value)
WITH reached AS MATERIALIZED (
    SELECT
        r.kind,
        r.value,
        split_part(r.value, ' ', 1) AS head,
        substr(r.value, strpos(r.value, ' ') + 1) AS tail
    FROM batch_reached AS r
    WHERE
        r.round = :round
        AND NOT EXISTS (SELECT 1 FROM batch_bond AS b WHERE b.kind = r.kind AND b.value = r.value)
),

found AS (
    SELECT
        r.kind,
        r.value,
        i.person_id
    FROM reached AS r
    INNER JOIN registry.person_identifier AS i ON r.head = i.kind AND r.tail = i.value
    WHERE r.kind = 'number'
    UNION
    SELECT
        r.kind,
        r.value,
        p.person_id
    FROM reached AS r
    INNER JOIN registry.person AS p
        ON
            registry.name_block(left(r.value, -5)) = p.name_block AND left(r.value, -5) = p.name_key
            AND right(r.value, 4) = to_char(p.birth_date, 'YYYY')
    WHERE r.kind = 'name'
    UNION
    SELECT
        r.kind,
        r.value,
        d.person_id
    FROM reached AS r
    INNER JOIN registry.dose AS d ON r.head = d.unit_code AND r.tail = d.record_id
    WHERE r.kind = 'record_id'
    UNION
    SELECT
        r.kind,
        r.value,
        d.person_id
    FROM reached AS r
    INNER JOIN registry.dose_history AS h ON CAST(r.value AS uuid) = h.entry_hash
    INNER JOIN registry.dose AS d ON h.dose_id = d.dose_id
    WHERE r.kind = 'entry'
),

person AS (
    SELECT CAST(r.value AS bigint) AS person_id
    FROM reached AS r
    WHERE r.kind = 'person'
    UNION
    SELECT f.person_id
    FROM found AS f
),

of_person AS (
    SELECT
        i.person_id,
        'number' AS kind,
        i.kind || ' ' || i.value AS value
    FROM person AS p
    INNER JOIN registry.person_identifier AS i ON p.person_id = i.person_id
    UNION
    SELECT
        n.person_id,
        'name' AS kind,
        n.name_key || ' ' || to_char(n.birth_date, 'YYYY') AS value
    FROM person AS p
    INNER JOIN registry.person AS n ON p.person_id = n.person_id
    UNION
    SELECT
        d.person_id,
        t.kind,
        t.value
    FROM person AS p
    INNER JOIN registry.dose AS d ON p.person_id = d.person_id AND d.source = 'administered'
    LEFT JOIN registry.dose_history AS h ON d.dose_id = h.dose_id
    CROSS JOIN
        LATERAL (
            VALUES
            ('record_id', d.unit_code || ' ' || d.record_id),
            ('record_id', (h.dose ->> 'unit_code') || ' ' || (h.dose ->> 'record_id')),
            ('entry', CAST(d.entry_hash AS text)),
            ('entry', CAST(h.entry_hash AS text))
        ) AS t (kind, value)
    WHERE t.value IS NOT NULL
    UNION
    SELECT
        d.person_id,
        t.kind,
        t.value
    FROM person AS p
    INNER JOIN registry.dose AS d ON p.person_id = d.person_id AND d.source = 'administered'
    INNER JOIN registry.review AS v ON d.dose_id = v.target_dose_id AND v.status = 'open'
    INNER JOIN intake.row AS w ON v.upload_id = w.upload_id AND v.row_number = w.row_number
    CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), w.canonical) AS s
    CROSS JOIN
        LATERAL (
            VALUES
            ('number', s.national_id_kind || ' ' || s.national_id),
            ('number', s.second_national_id_kind || ' ' || s.second_national_id),
            ('number', s.third_national_id_kind || ' ' || s.third_national_id),
            ('number', 'health_insurance ' || s.health_insurance_key),
            ('name', s.name_key || ' ' || to_char(s.birth_date, 'YYYY'))
        ) AS t (kind, value)
    WHERE t.value IS NOT NULL
),

-- a held new row, by record id or by name
held AS (
    SELECT
        r.kind,
        r.value,
        t.kind AS other_kind,
        t.value AS other_value
    FROM intake.row AS w
    CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), w.canonical) AS s
    INNER JOIN reached AS r
        ON
            (r.kind = 'record_id' AND w.unit_code = r.head AND s.record_id = r.tail)
            OR (r.kind = 'name' AND r.value = s.name_key || ' ' || to_char(s.birth_date, 'YYYY'))
            OR (r.kind = 'number' AND r.value = s.national_id_kind || ' ' || s.national_id)
    CROSS JOIN
        LATERAL (
            VALUES
            ('number', s.national_id_kind || ' ' || s.national_id),
            ('number', s.second_national_id_kind || ' ' || s.second_national_id),
            ('number', s.third_national_id_kind || ' ' || s.third_national_id),
            ('number', 'health_insurance ' || s.health_insurance_key),
            ('name', s.name_key || ' ' || to_char(s.birth_date, 'YYYY')),
            ('record_id', w.unit_code || ' ' || s.record_id)
        ) AS t (kind, value)
    WHERE
        w.closed_at IS NULL AND w.outcome = 'held' AND t.value IS NOT NULL
        AND w.unit_code IN (SELECT o.unit_code FROM batch_own_unit AS o)
)

SELECT
    f.kind,
    f.value,
    'person' AS other_kind,
    CAST(f.person_id AS text) AS other_value
FROM found AS f
UNION
SELECT
    'person' AS kind,
    CAST(f.person_id AS text) AS value,
    f.kind AS other_kind,
    f.value AS other_value
FROM found AS f
UNION
SELECT
    'person' AS kind,
    CAST(o.person_id AS text) AS value,
    o.kind AS other_kind,
    o.value AS other_value
FROM of_person AS o
UNION
SELECT
    h.kind,
    h.value,
    h.other_kind,
    h.other_value
FROM held AS h
