-- A person of whom an update has taken the last dose holds no number: it was somebody else's.
DELETE FROM registry.person_identifier AS i
USING batch_entry AS e, batch_correction AS c
WHERE
    e.seq = c.seq AND e.pass = :pass AND e.action = 'update' AND e.outcome = 'updated' AND e.person_id <> c.person_id
    AND i.person_id = c.person_id
    AND NOT EXISTS (SELECT 1 FROM registry.dose AS d WHERE d.person_id = c.person_id AND d.voided_at IS NULL)
