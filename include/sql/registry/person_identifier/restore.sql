-- A person's numbers, as they were before a merge that is undone: under whose name they came.
UPDATE registry.person_identifier AS i
SET under_own_name = o.under_own_name
FROM registry.review_decision AS d
CROSS JOIN
    LATERAL jsonb_to_recordset(d.before -> 'identifiers') AS o (kind text, value text, under_own_name boolean)
WHERE
    d.review_decision_id = :review_decision_id AND i.person_id = d.person_id
    AND i.kind = o.kind AND i.value = o.value AND i.under_own_name <> o.under_own_name
