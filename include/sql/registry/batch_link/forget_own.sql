-- Who an update makes of a person that only its own unit has entered is asked of everybody else: the person itself
-- holds what is being changed.
DELETE FROM batch_link AS l
USING batch_correction AS c
WHERE l.sig = c.seq AND c.only_ours AND l.person_id = c.person_id
