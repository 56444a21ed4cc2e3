-- The persons that a round founded, as the first row describes them.
INSERT INTO registry.person (
    person_id, full_name, name_key, sex, birth_date, birth_date_precision, phone, phones, address, ward,
    district_code, province, priority_group, created_by_upload_id, home_district, home_ward, home_address,
    found_by_place, given_marks, number_ends
)
OVERRIDING SYSTEM VALUE
SELECT
    s.person_id,
    b.full_name,
    b.name_key,
    b.sex,
    b.birth_date,
    b.birth_date_precision,
    b.phone,
    CASE WHEN b.phone IS NULL THEN '{}' ELSE ARRAY[b.phone] END AS phones,
    b.address,
    b.ward,
    b.district_code,
    b.province_text,
    b.priority_group,
    b.upload_id,
    b.district_code AS home_district,
    lower(b.ward) AS home_ward,
    lower(b.address) AS home_address,
    b.phone IS NULL AND b.national_id IS NULL AND b.second_national_id IS NULL AND b.third_national_id IS NULL
    AND b.health_insurance_key IS NULL AS found_by_place,
    s.given_marks,
    coalesce(
        (
            SELECT bit_or(registry.number_ends(k.kind, k.value))
            FROM batch_key AS k
            WHERE k.sig = s.sig AND k.is_number
        ),
        0
    ) AS number_ends
FROM batch_signature AS s
INNER JOIN batch_row AS b ON s.sig = b.seq
WHERE s.round = :round AND s.state = 'new'
