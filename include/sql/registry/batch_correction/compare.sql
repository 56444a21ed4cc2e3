-- What of the record on file each update of a pass changes: anything, and who it is.
UPDATE batch_correction AS c
SET changes = k.changes, changes_person = k.changes_person
FROM (
    SELECT
        o.seq,
        -- beside a held one the record itself is another
        o.held_record IS NOT NULL OR bool_or(f.differs) AS changes,
        o.held_record IS NOT NULL OR coalesce(bool_or(f.differs) FILTER (WHERE f.is_personal), FALSE) AS changes_person
    FROM batch_correction AS o
    INNER JOIN batch_row AS b ON o.seq = b.seq
    CROSS JOIN LATERAL (SELECT to_jsonb(b) AS record) AS r
    CROSS JOIN
        LATERAL (
            SELECT
                v.is_personal,
                coalesce(r.record ->> v.column_name, '') <> coalesce(o.base ->> v.column_name, '') AS differs
            FROM (
                VALUES
                ('name_key', TRUE), ('birth_date', TRUE), ('birth_date_precision', TRUE), ('national_id', TRUE),
                ('second_national_id', TRUE), ('third_national_id', TRUE), ('health_insurance_key', TRUE),
                ('phone', TRUE), ('full_name', FALSE), ('sex', FALSE), ('address', FALSE), ('ward', FALSE),
                ('district_code', FALSE), ('province_text', FALSE), ('priority_group', FALSE), ('vaccine', FALSE),
                ('lot_number', FALSE), ('dose_number', FALSE), ('given_on', FALSE), ('declared_dose_number', FALSE),
                ('declared_vaccine', FALSE), ('declared_given_on', FALSE), ('declared_place', FALSE),
                ('reaction', FALSE), ('note', FALSE), ('record_id', FALSE)
            ) AS v (column_name, is_personal)
        ) AS f
    WHERE o.pass = :pass AND o.outcome IS NULL AND o.action = 'update'
    GROUP BY o.seq
) AS k
WHERE c.seq = k.seq
