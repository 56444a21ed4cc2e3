-- A number or phone that cannot be read, or that a rule drops, replaces nothing: the one on record stands.
UPDATE batch_result AS r
SET
    national_id = CASE WHEN k.keeps_id THEN k.national_id ELSE r.national_id END,
    national_id_kind = CASE WHEN k.keeps_id THEN k.national_id_kind ELSE r.national_id_kind END,
    health_insurance_no = CASE WHEN k.keeps_card THEN k.health_insurance_no ELSE r.health_insurance_no END,
    health_insurance_key = CASE WHEN k.keeps_card THEN k.health_insurance_key ELSE r.health_insurance_key END,
    phone = CASE WHEN k.keeps_phone THEN k.phone ELSE r.phone END
FROM (
    SELECT
        o.seq,
        f.national_id,
        f.national_id_kind,
        f.health_insurance_no,
        f.health_insurance_key,
        f.phone,
        o.national_id IS NULL AND o.national_id_text IS NOT NULL AS keeps_id,
        o.health_insurance_no IS NULL AND o.health_insurance_no_text IS NOT NULL AS keeps_card,
        o.phone IS NULL AND o.phone_text IS NOT NULL AS keeps_phone
    FROM batch_result AS o
    INNER JOIN batch_correction AS c ON o.seq = c.seq
    CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), c.base) AS f
) AS k
WHERE r.seq = k.seq AND (k.keeps_id OR k.keeps_card OR k.keeps_phone)
