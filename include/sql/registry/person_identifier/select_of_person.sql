-- The numbers of a person, to the last 4: who brought them, and whether they merge by themselves.
SELECT
    i.kind,
    intake.mask_identifier(i.value) AS value,
    i.trusted,
    i.under_own_name,
    i.upload_id,
    (
        SELECT count(*)
        FROM registry.identifier_claim AS c
        WHERE c.kind = i.kind AND c.value = i.value AND c.person_id = i.person_id
    ) AS other_names
FROM registry.person_identifier AS i
WHERE i.person_id = :person_id
ORDER BY i.trusted DESC, i.kind, i.value
