-- Names under which a number was sent: whom they were found to be before a merge that is undone.
UPDATE registry.identifier_claim AS c
SET person_id = o.person_id
FROM registry.review_decision AS d
CROSS JOIN
    LATERAL jsonb_populate_recordset(CAST(NULL AS registry.identifier_claim), d.before -> 'claims') AS o
WHERE
    d.review_decision_id = :review_decision_id AND c.person_id = d.person_id
    AND (o.kind, o.value, o.name_key, o.birth_date, o.birth_date_latest)
    = (c.kind, c.value, c.name_key, c.birth_date, c.birth_date_latest)
    AND o.person_id IS DISTINCT FROM c.person_id
