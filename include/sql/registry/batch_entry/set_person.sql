-- Hand each row its person; a row whose person could not be told is held.
UPDATE batch_entry AS e
SET
    person_id = s.person_id,
    person_is_new = s.state = 'new',
    outcome = CASE WHEN s.state = 'held' THEN 'held' END,
    rule = CASE WHEN s.state = 'held' THEN 'record.identity_conflict' END
FROM batch_signature AS s
WHERE e.sig = s.sig
