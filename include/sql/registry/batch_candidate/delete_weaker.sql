-- One that was kept counts once, by the likeness that says most.
DELETE FROM batch_candidate AS c
USING batch_candidate AS o
WHERE
    c.sig = o.sig AND c.round = :round AND o.round = :round AND c.person_id = o.person_id
    AND (o.score, o.ctid) > (c.score, c.ctid)
