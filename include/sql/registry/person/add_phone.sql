-- A phone that a matched person was not known by yet, unless it finds, with name and birth date, somebody else already.
-- One signature a person and round.
UPDATE registry.person AS p
SET phones = p.phones || s.phone
FROM batch_signature AS s
WHERE
    s.round = :round AND s.state = 'matched' AND s.person_id = p.person_id
    AND s.phone IS NOT NULL
    AND s.name_key = p.name_key AND s.birth_date = p.birth_date AND s.birth_date_precision = p.birth_date_precision
    AND NOT EXISTS (
        SELECT 1
        FROM registry.person AS o
        WHERE
            o.name_block = s.name_block AND o.name_key = s.name_key AND o.birth_date = s.birth_date
            AND o.birth_date_precision = s.birth_date_precision AND s.phone = ANY(o.phones)
    )
