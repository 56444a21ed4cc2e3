-- A person, and since which upload.
SELECT
    p.person_id,
    p.full_name,
    p.sex,
    p.birth_date,
    p.birth_date_precision,
    p.district_code,
    p.ward,
    p.created_by_upload_id,
    p.merged_into_person_id,
    cardinality(p.phones) AS phones
FROM registry.person AS p
WHERE p.person_id = :person_id
