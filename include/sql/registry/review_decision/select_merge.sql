-- The merge of a person that stands.
SELECT
    d.review_decision_id,
    d.person_id,
    d.decided_on
FROM registry.review_decision AS d
WHERE d.merged_person_id = :person_id AND d.decision = 'merge_persons' AND d.undone_by IS NULL
