-- Registered persons as if each came in a row, to be compared with all others: `seq` is the person.
INSERT INTO batch_row (
    seq, shard, upload_id, row_number, line, original, sender_unit_code, received_on, national_id_repaired,
    health_insurance_no_repaired, phone_repaired, province_is_city, address, person_id
)
SELECT
    p.person_id AS seq,
    0 AS shard,
    p.created_by_upload_id AS upload_id,
    0 AS row_number,
    0 AS line,
    '' AS original,
    '' AS sender_unit_code,
    CAST(:as_of AS date) AS received_on,
    FALSE AS national_id_repaired,
    FALSE AS health_insurance_no_repaired,
    FALSE AS phone_repaired,
    TRUE AS province_is_city,
    p.home_address AS address,
    p.person_id
FROM registry.person AS p
WHERE p.person_id BETWEEN :first_person_id AND :last_person_id AND p.merged_into_person_id IS NULL
