-- Whoever resembles a person that was merged may be the one that was kept; not for certain, where a number says no.
UPDATE batch_candidate AS c
SET
    person_id = p.merged_into_person_id,
    may_merge = c.may_merge AND NOT EXISTS (
        SELECT 1
        FROM batch_key AS k
        INNER JOIN registry.person_identifier AS i ON k.kind = i.kind AND k.value <> i.value
        WHERE k.sig = c.sig AND k.is_number AND i.person_id = p.merged_into_person_id
    )
FROM registry.person AS p
WHERE p.merged_into_person_id IS NOT NULL AND c.person_id = p.person_id AND c.round = :round
