-- The phones that a round's persons were sent with.
INSERT INTO registry.person_phone (phone, person_id, upload_id)
SELECT DISTINCT ON (s.phone, s.person_id)
    s.phone,
    s.person_id,
    s.upload_id
FROM batch_signature AS s
WHERE s.round = :round AND s.state IN ('new', 'matched') AND s.phone IS NOT NULL
ORDER BY s.phone, s.person_id, s.sig
ON CONFLICT DO NOTHING
