-- Rows of persons about whom a reviewer decided: should that be undone, each is asked again who it is.
INSERT INTO batch_kept (seq)
SELECT b.seq
FROM batch_row AS b
WHERE
    b.outcome IN ('loaded', 'updated', 'duplicate') AND b.action = 'new'
    AND b.person_id IN (SELECT d.person_id FROM registry.review_decision AS d WHERE d.undone_by IS NULL)
