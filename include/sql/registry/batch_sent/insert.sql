-- The numbers that the batch's new rows send, under which name.
INSERT INTO batch_sent (kind, value, name_key, birth_year, upload_id)
SELECT DISTINCT
    t.kind,
    t.value,
    b.name_key,
    extract(YEAR FROM b.birth_date) AS birth_year,
    b.upload_id
FROM batch_row AS b
CROSS JOIN
    LATERAL (
        VALUES
        (b.national_id_kind, b.national_id),
        (b.second_national_id_kind, b.second_national_id),
        (b.third_national_id_kind, b.third_national_id),
        ('health_insurance', b.health_insurance_key)
    ) AS t (kind, value)
WHERE b.outcome IS NULL AND b.action = 'new' AND t.value IS NOT NULL
