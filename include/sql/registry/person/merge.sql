-- Whose keys lead to whom; null: to himself again.
UPDATE registry.person
SET merged_into_person_id = CAST(:into_person_id AS bigint), updated_at = now()
WHERE person_id = :person_id
