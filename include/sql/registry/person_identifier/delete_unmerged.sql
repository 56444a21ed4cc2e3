-- Numbers that a person has from the rows of the batch alone, and not from before a merge that is undone.
DELETE FROM registry.person_identifier AS i
USING batch_row AS b, registry.review_decision AS d
WHERE
    d.review_decision_id = :review_decision_id AND i.person_id = d.person_id
    AND (i.kind, i.value) IN (
        (b.national_id_kind, b.national_id), (b.second_national_id_kind, b.second_national_id),
        (b.third_national_id_kind, b.third_national_id), ('health_insurance', b.health_insurance_key)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM jsonb_to_recordset(d.before -> 'identifiers') AS o (kind text, value text)
        WHERE o.kind = i.kind AND o.value = i.value
    )
