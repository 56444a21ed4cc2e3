-- A merge is undone by a later decision.
UPDATE registry.review_decision
SET undone_by = :part_id
WHERE review_decision_id = :review_decision_id
