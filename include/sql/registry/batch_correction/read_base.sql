-- The record as the registry has it, in the columns of a staged row: of the dose, its person, the person's numbers and
-- the earlier dose that was declared with it. What was held of it comes before.
UPDATE batch_correction AS c
SET base = coalesce(c.held_record, jsonb_strip_nulls(k.record))
FROM batch_correction AS o
LEFT JOIN registry.dose AS d ON o.dose_id = d.dose_id
LEFT JOIN registry.person AS p ON d.person_id = p.person_id
LEFT JOIN LATERAL (
    SELECT
        array_agg(i.kind ORDER BY i.place) AS kinds,
        array_agg(i.value ORDER BY i.place) AS numbers
    FROM (
        SELECT
            n.kind,
            n.value,
            row_number() OVER (
                ORDER BY n.trusted DESC, array_position(ARRAY['cccd', 'passport', 'cmnd'], n.kind), n.upload_id, n.value
            ) AS place
        FROM registry.person_identifier AS n
        WHERE n.person_id = p.person_id AND n.kind <> 'health_insurance'
    ) AS i
) AS n ON TRUE
LEFT JOIN LATERAL (
    SELECT h.value
    FROM registry.person_identifier AS h
    WHERE h.person_id = p.person_id AND h.kind = 'health_insurance'
    ORDER BY h.trusted DESC, h.upload_id, h.value
    LIMIT 1
) AS h ON TRUE
LEFT JOIN LATERAL (
    SELECT e.*
    FROM registry.dose AS e
    WHERE
        e.upload_id = d.upload_id AND e.row_number = d.row_number
        AND e.source = 'declared' AND e.voided_at IS NULL
    ORDER BY e.dose_id DESC
    LIMIT 1
) AS e ON TRUE
CROSS JOIN
    LATERAL (
        SELECT to_jsonb(s) AS record
        FROM (
            SELECT
                d.unit_code,
                d.record_id,
                p.full_name,
                p.name_key,
                p.sex AS sex_text,
                p.sex,
                p.birth_date AS birth_date_text,
                p.birth_date,
                p.birth_date_latest,
                p.birth_date_precision,
                n.numbers[1] AS national_id_text,
                n.numbers[1] AS national_id,
                n.kinds[1] AS national_id_kind,
                FALSE AS national_id_repaired,
                n.numbers[2] AS second_national_id,
                n.kinds[2] AS second_national_id_kind,
                n.numbers[3] AS third_national_id,
                n.kinds[3] AS third_national_id_kind,
                h.value AS health_insurance_no_text,
                h.value AS health_insurance_no,
                h.value AS health_insurance_key,
                FALSE AS health_insurance_no_repaired,
                p.phone AS phone_text,
                p.phone,
                FALSE AS phone_repaired,
                p.address,
                p.ward,
                p.district_code AS district_text,
                p.district_code,
                p.province AS province_text,
                p.district_code IS NOT NULL OR p.province IS NULL AS province_is_city,
                p.priority_group,
                d.vaccine AS vaccine_text,
                d.vaccine,
                d.lot_number,
                d.dose_number AS dose_number_text,
                d.dose_number,
                d.given_on AS given_on_text,
                d.given_on,
                e.dose_number AS declared_dose_number_text,
                e.dose_number AS declared_dose_number,
                e.vaccine AS declared_vaccine_text,
                e.vaccine AS declared_vaccine,
                e.given_on AS declared_given_on_text,
                e.given_on AS declared_given_on,
                e.place AS declared_place,
                d.reaction,
                d.note
        ) AS s
    ) AS k
WHERE c.seq = o.seq AND o.pass = :pass AND o.outcome IS NULL
