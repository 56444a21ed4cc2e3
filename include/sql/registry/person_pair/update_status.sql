-- What was decided of a pair that the search had found.
UPDATE registry.person_pair
SET status = :status
WHERE
    person_id = least(CAST(:person_id AS bigint), CAST(:other_person_id AS bigint))
    AND other_person_id = greatest(CAST(:person_id AS bigint), CAST(:other_person_id AS bigint))
