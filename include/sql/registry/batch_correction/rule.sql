-- A reviewer has said that an update speaks of the person so far: it changes the person, whoever else has doses of it.
UPDATE batch_correction AS c
SET only_ours = TRUE
FROM batch_ruling AS r
WHERE c.seq = r.seq AND c.pass = :pass AND c.person_id = r.person_id
