-- Names under which the rows of the batch sent a number, but those known from before a merge that is undone.
DELETE FROM registry.identifier_claim AS c
USING batch_row AS b, registry.review_decision AS d
WHERE
    d.review_decision_id = :review_decision_id AND c.person_id = d.person_id
    AND (c.kind, c.value) IN (
        (b.national_id_kind, b.national_id), (b.second_national_id_kind, b.second_national_id),
        (b.third_national_id_kind, b.third_national_id), ('health_insurance', b.health_insurance_key)
    )
    AND (c.name_key, c.birth_date, c.birth_date_latest) = (b.name_key, b.birth_date, b.birth_date_latest)
    AND NOT EXISTS (
        SELECT 1
        FROM jsonb_populate_recordset(CAST(NULL AS registry.identifier_claim), d.before -> 'claims') AS o
        WHERE
            (o.kind, o.value, o.name_key, o.birth_date, o.birth_date_latest)
            = (c.kind, c.value, c.name_key, c.birth_date, c.birth_date_latest)
    )
