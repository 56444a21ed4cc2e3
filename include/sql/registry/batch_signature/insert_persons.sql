-- Who registered persons are, as if rows said so.
INSERT INTO batch_signature (
    sig, upload_id, name_key, birth_date, birth_date_latest, birth_date_precision, sex, phone, district_code, ward,
    given_marks
)
SELECT
    p.person_id AS sig,
    p.created_by_upload_id AS upload_id,
    p.name_key,
    p.birth_date,
    p.birth_date_latest,
    p.birth_date_precision,
    p.sex,
    p.phone,
    p.home_district AS district_code,
    p.home_ward AS ward,
    p.given_marks
FROM batch_row AS b
INNER JOIN registry.person AS p ON b.seq = p.person_id
