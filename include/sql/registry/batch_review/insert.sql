-- What is held, with whom and what it met: for the reviewer only.
INSERT INTO batch_review (seq, rule, candidate_person_ids, candidate_dose_ids, target_dose_id, likeness)
SELECT
    e.seq,
    e.rule,
    CASE
        WHEN e.person_id IS NULL THEN coalesce(s.candidates, '{}') ELSE ARRAY[e.person_id]
    END AS candidate_person_ids,
    coalesce(e.met_dose_ids, '{}') AS candidate_dose_ids,
    CASE WHEN e.action = 'update' THEN e.own_dose_id END AS target_dose_id,
    CASE WHEN e.rule = 'record.possible_match' THEN s.likeness END AS likeness
FROM batch_entry AS e
LEFT JOIN batch_signature AS s ON e.sig = s.sig
WHERE e.pass = :pass AND e.outcome = 'held'
