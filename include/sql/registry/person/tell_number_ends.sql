-- What the numbers look like that a person has left after a decision is undone.
UPDATE registry.person AS p
SET
    number_ends = coalesce(
        (
            SELECT bit_or(registry.number_ends(i.kind, i.value))
            FROM registry.person_identifier AS i
            WHERE i.person_id = p.person_id
        ),
        0
    )
FROM registry.review_decision AS d
WHERE d.review_decision_id = :review_decision_id AND p.person_id = d.person_id
