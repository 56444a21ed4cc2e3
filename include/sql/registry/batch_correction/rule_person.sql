-- A reviewer has said who an update speaks of: that is asked, and answered by the ruling.
UPDATE batch_correction AS c
SET changes = TRUE, changes_person = TRUE
FROM batch_ruling AS r
WHERE
    c.seq = r.seq AND c.pass = :pass AND c.outcome IS NULL AND c.action = 'update'
    AND (r.is_new OR r.person_id IS NOT NULL)
