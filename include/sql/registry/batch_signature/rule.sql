-- Who it is where a reviewer has said so: the person named, somebody new, or to be asked again.
UPDATE batch_signature AS s
SET
    round = :round,
    state = CASE WHEN r.held_rule IS NOT NULL THEN 'held' WHEN r.person_id IS NULL THEN 'new' ELSE 'matched' END,
    person_id = CASE
        WHEN r.held_rule IS NULL THEN coalesce(r.person_id, nextval('registry.person_person_id_seq'))
    END,
    hold_rule = coalesce(r.held_rule, s.hold_rule)
FROM (
    SELECT DISTINCT ON (n.sig)
        n.sig,
        l.held_rule,
        l.person_id
    FROM batch_identity AS n
    INNER JOIN batch_ruling AS l ON n.seq = l.seq
    WHERE n.pass = :pass AND (l.is_new OR l.person_id IS NOT NULL OR l.held_rule IS NOT NULL)
    ORDER BY n.sig, n.seq
) AS r
WHERE s.sig = r.sig AND s.state = 'open'
