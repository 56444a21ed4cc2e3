-- The record that each update of a pass results in: the record as it stood, with the cells that the row fills; a cell
-- that says so is emptied. Columns that are read from one cell go together.
INSERT INTO batch_result
WITH field (given_by, columns) AS (
    VALUES
    ('full_name', ARRAY['full_name', 'name_key']),
    ('sex_text', ARRAY['sex_text', 'sex']),
    ('birth_date_text', ARRAY['birth_date_text', 'birth_date', 'birth_date_latest', 'birth_date_precision']),
    (
        'national_id_text',
        ARRAY[
            'national_id_text', 'national_id', 'national_id_kind', 'national_id_repaired', 'second_national_id',
            'second_national_id_kind', 'third_national_id', 'third_national_id_kind'
        ]
    ),
    (
        'health_insurance_no_text',
        ARRAY[
            'health_insurance_no_text', 'health_insurance_no', 'health_insurance_key',
            'health_insurance_no_repaired'
        ]
    ),
    ('phone_text', ARRAY['phone_text', 'phone', 'phone_repaired']),
    ('address', ARRAY['address']),
    ('ward', ARRAY['ward']),
    ('district_text', ARRAY['district_text', 'district_code']),
    ('province_text', ARRAY['province_text', 'province_is_city']),
    ('priority_group', ARRAY['priority_group']),
    ('vaccine_text', ARRAY['vaccine_text', 'vaccine']),
    ('lot_number', ARRAY['lot_number']),
    ('dose_number_text', ARRAY['dose_number_text', 'dose_number']),
    ('given_on_text', ARRAY['given_on_text', 'given_on']),
    ('declared_dose_number_text', ARRAY['declared_dose_number_text', 'declared_dose_number']),
    ('declared_vaccine_text', ARRAY['declared_vaccine_text', 'declared_vaccine']),
    ('declared_given_on_text', ARRAY['declared_given_on_text', 'declared_given_on']),
    ('declared_place', ARRAY['declared_place']),
    ('reaction', ARRAY['reaction']),
    ('note', ARRAY['note']),
    ('record_id', ARRAY['record_id'])
),

sent AS (
    SELECT
        c.seq,
        c.base,
        to_jsonb(b) AS cells
    FROM batch_correction AS c
    INNER JOIN batch_row AS b ON c.seq = b.seq
    WHERE c.pass = :pass AND c.outcome IS NULL
),

changed AS (
    SELECT
        s.seq,
        jsonb_object_agg(
            k.column_name,
            CASE
                WHEN NOT s.cells ->> f.given_by ~* '^\(\s*(x[oóÓ][aáÁ]|clear)\s*\)$' THEN s.cells -> k.column_name
                WHEN k.column_name IN ('national_id_repaired', 'health_insurance_no_repaired', 'phone_repaired')
                    THEN CAST('false' AS jsonb)
                WHEN k.column_name = 'province_is_city' THEN CAST('true' AS jsonb)
                ELSE CAST('null' AS jsonb)
            END
        ) AS cells
    FROM sent AS s
    INNER JOIN field AS f ON s.cells ->> f.given_by IS NOT NULL
    CROSS JOIN LATERAL unnest(f.columns) AS k (column_name)
    GROUP BY s.seq
),

-- Numbers that are sent take the place of those of their kinds; those of other kinds stay beside them.
numbered AS (
    SELECT
        s.seq,
        s.base || g.cells || CASE
            WHEN g.cells ->> 'national_id_text' IS NULL THEN CAST('{}' AS jsonb)
            ELSE jsonb_build_object(
                'second_national_id_kind', n.others #>> '{0,0}', 'second_national_id', n.others #>> '{0,1}',
                'third_national_id_kind', n.others #>> '{1,0}', 'third_national_id', n.others #>> '{1,1}'
            )
        END AS record,
        s.cells
    FROM sent AS s
    INNER JOIN changed AS g ON s.seq = g.seq
    CROSS JOIN
        LATERAL (
            SELECT jsonb_agg(jsonb_build_array(o.kind, o.number) ORDER BY o.place) AS others
            FROM (
                VALUES
                (1, g.cells ->> 'second_national_id_kind', g.cells ->> 'second_national_id'),
                (2, g.cells ->> 'third_national_id_kind', g.cells ->> 'third_national_id'),
                -- the first of those on record stands by itself where the one that was sent cannot be read
                (
                    3, s.base ->> 'national_id_kind',
                    CASE WHEN g.cells ->> 'national_id' IS NOT NULL THEN s.base ->> 'national_id' END
                ),
                (4, s.base ->> 'second_national_id_kind', s.base ->> 'second_national_id'),
                (5, s.base ->> 'third_national_id_kind', s.base ->> 'third_national_id')
            ) AS o (place, kind, number)
            WHERE
                o.number IS NOT NULL
                AND (
                    o.place <= 2
                    OR o.kind NOT IN (
                        coalesce(g.cells ->> 'national_id_kind', ''),
                        coalesce(g.cells ->> 'second_national_id_kind', ''),
                        coalesce(g.cells ->> 'third_national_id_kind', '')
                    )
                )
        ) AS n
)

SELECT r.*
FROM numbered AS n
CROSS JOIN
    LATERAL jsonb_populate_record(
        CAST(NULL AS batch_result),
        jsonb_build_object(
            'national_id_repaired', FALSE, 'health_insurance_no_repaired', FALSE, 'phone_repaired', FALSE,
            'province_is_city', TRUE
        )
        || n.record
        -- the row's own
        || jsonb_build_object(
            'seq', n.cells -> 'seq', 'shard', n.cells -> 'shard', 'upload_id', n.cells -> 'upload_id',
            'row_number', n.cells -> 'row_number', 'sheet', n.cells -> 'sheet', 'line', n.cells -> 'line',
            'original', n.cells -> 'original', 'sender_unit_code', n.cells -> 'sender_unit_code',
            'received_on', n.cells -> 'received_on', 'cells_found', NULL, 'cells_expected', NULL,
            'action', 'update', 'action_text', n.cells -> 'action_text', 'vaxtally_ref', n.cells -> 'vaxtally_ref'
        )
    ) AS r
