-- Whom a held row may be about, the likeliest first, for the reviewer's eyes: who it is, what agrees, which doses.
SELECT
    p.person_id,
    p.full_name,
    p.sex,
    p.birth_date,
    p.birth_date_precision,
    p.phone,
    p.address,
    p.ward,
    p.district_code,
    c.score,
    c.levels,
    p.name_key = f.name_key AS name_agrees,
    p.birth_date <= f.birth_date_latest AND f.birth_date <= p.birth_date_latest AS birth_agrees,
    p.sex = f.sex AS sex_agrees,
    f.phone IS NOT NULL AND f.phone = ANY(p.phones || p.phone) AS phone_agrees,
    (
        SELECT coalesce(array_agg(i.kind || ' ' || i.value ORDER BY i.kind, i.value), '{}')
        FROM registry.person_identifier AS i
        WHERE i.person_id = p.person_id
    ) AS numbers,
    (
        SELECT coalesce(array_agg(i.kind ORDER BY i.kind), '{}')
        FROM registry.person_identifier AS i
        WHERE
            i.person_id = p.person_id
            AND i.value IN (f.national_id, f.second_national_id, f.third_national_id, f.health_insurance_key)
    ) AS shared_kinds,
    (
        SELECT
            coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'dose_id', d.dose_id, 'unit_code', d.unit_code, 'vaccine', d.vaccine,
                        'dose_number', d.dose_number, 'given_on', d.given_on, 'lot_number', d.lot_number,
                        'source', d.source, 'is_met', d.dose_id = ANY(v.candidate_dose_ids),
                        'voided_on', d.voided_on
                    ) ORDER BY d.given_on, d.dose_id
                ), '[]'
            )
        FROM registry.dose AS d
        WHERE d.person_id = p.person_id AND (d.voided_at IS NULL OR d.dose_id = ANY(v.candidate_dose_ids))
    ) AS doses
FROM registry.review AS v
INNER JOIN intake.row AS r ON v.upload_id = r.upload_id AND v.row_number = r.row_number
CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), r.canonical) AS f
INNER JOIN registry.person AS p ON p.person_id = ANY(v.candidate_person_ids)
LEFT JOIN registry.review_candidate AS c ON v.review_id = c.review_id AND p.person_id = c.person_id
WHERE v.review_id = :review_id
ORDER BY c.score DESC NULLS LAST, p.person_id
