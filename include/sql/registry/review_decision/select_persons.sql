-- The persons that a review was decided to be about.
SELECT DISTINCT d.person_id
FROM registry.review_decision AS d
WHERE d.review_id = :review_id AND d.person_id IS NOT NULL
