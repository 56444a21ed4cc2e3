-- An update that leads to nobody else speaks of the same person, whose name, birth date or number it corrects; where it
-- has neither in common, and the person has other doses, of somebody new.
UPDATE batch_signature AS s
SET state = 'matched', person_id = c.person_id
FROM batch_correction AS c
INNER JOIN registry.person AS p ON c.person_id = p.person_id
WHERE
    s.sig = c.seq AND s.state = 'new' AND s.round = :round
    AND (
        p.name_key = s.name_key
        OR (p.birth_date <= s.birth_date_latest AND s.birth_date <= p.birth_date_latest)
        OR EXISTS (
            SELECT 1
            FROM batch_key AS k
            INNER JOIN registry.person_identifier AS i ON k.kind = i.kind AND k.value = i.value
            WHERE k.sig = s.sig AND k.is_number AND i.person_id = p.person_id
        )
        OR c.only_ours AND NOT EXISTS (
            SELECT 1
            FROM registry.dose AS d
            WHERE
                d.person_id = p.person_id AND d.voided_at IS NULL AND d.superseded_by IS NULL
                AND d.source = 'administered' AND d.dose_id <> c.dose_id
        )
    )
