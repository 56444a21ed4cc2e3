-- Under which name and birth date a corrected person's numbers were sent before. A number that is replaced was sent,
-- but is nobody's.
INSERT INTO registry.identifier_claim (kind, value, name_key, birth_date, birth_date_latest, person_id, upload_id)
SELECT
    i.kind,
    i.value,
    p.name_key,
    p.birth_date,
    p.birth_date_latest,
    CASE
        WHEN i.value IN (b.national_id, b.second_national_id, b.third_national_id, b.health_insurance_key)
            THEN p.person_id
    END AS person_id,
    e.upload_id
FROM batch_entry AS e
INNER JOIN batch_correction AS c ON e.seq = c.seq
INNER JOIN batch_row AS b ON e.seq = b.seq
INNER JOIN registry.person AS p ON c.person_id = p.person_id
INNER JOIN registry.person_identifier AS i ON p.person_id = i.person_id
CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), c.base) AS f
WHERE
    e.pass = :pass AND e.action = 'update' AND e.outcome = 'updated' AND c.only_ours AND e.person_id = c.person_id
    AND (
        (p.name_key, p.birth_date, p.birth_date_latest) <> (b.name_key, b.birth_date, b.birth_date_latest)
        OR (
            i.value IN (f.national_id, f.second_national_id, f.third_national_id, f.health_insurance_key)
            AND i.value NOT IN (
                coalesce(b.national_id, ''), coalesce(b.second_national_id, ''),
                coalesce(b.third_national_id, ''), coalesce(b.health_insurance_key, '')
            )
        )
    )
ON CONFLICT DO NOTHING
