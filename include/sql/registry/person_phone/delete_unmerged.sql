-- Phones that a person was sent with in the rows of the batch alone, and not before a merge that is undone.
DELETE FROM registry.person_phone AS f
USING batch_row AS b, registry.review_decision AS d
WHERE
    d.review_decision_id = :review_decision_id AND f.person_id = d.person_id AND f.phone = b.phone
    AND NOT d.before -> 'phones' ? f.phone
