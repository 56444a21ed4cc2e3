-- Who was held as of an earlier pass is held for the rest of that file: within a file nobody is asked twice.
UPDATE batch_signature AS s
SET
    state = 'held',
    round = :round,
    candidates = h.candidates,
    hold_rule = h.hold_rule,
    likeness = h.likeness
FROM (
    SELECT DISTINCT ON (n.seq)
        n.seq,
        o.candidates,
        o.hold_rule,
        o.likeness
    FROM batch_identity AS n
    INNER JOIN batch_row AS b ON n.seq = b.seq
    INNER JOIN batch_identity AS m ON n.identity_hash = m.identity_hash AND n.pass > m.pass
    INNER JOIN batch_row AS e ON m.seq = e.seq AND b.upload_id = e.upload_id
    INNER JOIN batch_signature AS o ON m.sig = o.sig
    WHERE n.pass = :pass AND o.state = 'held' AND e.action = 'new'
    ORDER BY n.seq, m.seq DESC
) AS h
WHERE s.sig = h.seq AND s.state = 'open'
