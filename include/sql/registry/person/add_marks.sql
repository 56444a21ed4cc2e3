-- The diacritics of the given name of a matched person that was known without. One signature a person and round.
UPDATE registry.person AS p
SET given_marks = s.given_marks
FROM batch_signature AS s
WHERE
    s.round = :round AND s.state = 'matched' AND s.person_id = p.person_id
    AND p.given_marks IS NULL AND s.given_marks IS NOT NULL AND s.name_key = p.name_key
