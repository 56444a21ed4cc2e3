-- A person that a row founded by a decision which is undone holds no number while no other row is that person's.
DELETE FROM registry.person_identifier AS i
USING registry.review_decision AS d
WHERE
    d.review_decision_id = :review_decision_id AND i.person_id = d.person_id
    AND NOT EXISTS (SELECT 1 FROM registry.dose AS o WHERE o.person_id = d.person_id AND o.voided_at IS NULL)
