-- Keys of persons who were merged lead to the one that was kept.
UPDATE batch_link AS l
SET person_id = p.merged_into_person_id
FROM registry.person AS p
WHERE p.merged_into_person_id IS NOT NULL AND l.person_id = p.person_id
