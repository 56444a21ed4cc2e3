-- A phone that a matched person was not known by yet. One signature a person and round.
UPDATE registry.person AS p
SET phones = p.phones || s.phone
FROM batch_signature AS s
WHERE
    s.round = :round AND s.state = 'matched' AND s.person_id = p.person_id
    AND s.phone IS NOT NULL AND s.phone <> ALL(p.phones)
