-- The doses of a person, with their rows, and what made each row's person this one: a reviewer's word, likeness, a key.
SELECT
    d.dose_id,
    d.source,
    d.unit_code,
    d.vaccine,
    d.dose_number,
    d.given_on,
    d.received_on,
    d.voided_on,
    d.superseded_by,
    d.upload_id,
    d.row_number,
    CASE
        WHEN r.decision = 'new_person' THEN 'a reviewer said it is somebody new'
        WHEN r.decision = 'same_person' THEN 'a reviewer said it is this person'
        WHEN m.decided_by = 'matching' THEN 'by likeness'
        WHEN d.upload_id = p.created_by_upload_id THEN 'in the file that founded the person'
        WHEN
            EXISTS (SELECT 1 FROM registry.person_identifier AS i WHERE i.person_id = p.person_id)
            THEN 'by a number of the person with name or birth date, or by name, birth date and phone'
        WHEN p.phones <> '{}' THEN 'by name, birth date and phone'
        ELSE 'by name, birth date, sex and place'
    END AS reason
FROM registry.dose AS d
INNER JOIN registry.person AS p ON d.person_id = p.person_id
LEFT JOIN LATERAL (
    SELECT c.decision
    FROM registry.review AS v
    INNER JOIN registry.review_decision AS c ON v.review_id = c.review_id
    WHERE
        v.upload_id = d.upload_id AND v.row_number = d.row_number AND c.undone_by IS NULL
        AND c.decision IN ('same_person', 'new_person')
    ORDER BY c.review_decision_id DESC
    LIMIT 1
) AS r ON TRUE
LEFT JOIN registry.match_decision AS m
    ON p.person_id = m.person_id AND d.upload_id = m.upload_id AND d.row_number = m.row_number AND m.is_same
WHERE d.person_id = :person_id
ORDER BY d.given_on, d.dose_id
