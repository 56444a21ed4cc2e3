-- The doses that a row met and that give way to it, as a reviewer decided, with those declared with them.
INSERT INTO batch_yielded (dose_id, upload_id, row_number)
SELECT DISTINCT
    d.dose_id,
    v.upload_id,
    v.row_number
FROM registry.review AS v
INNER JOIN registry.dose AS o ON o.dose_id = ANY(v.candidate_dose_ids)
INNER JOIN registry.dose AS d
    ON o.upload_id = d.upload_id AND o.row_number = d.row_number AND (o.dose_id = d.dose_id OR d.source = 'declared')
WHERE v.review_id = :review_id AND o.voided_at IS NULL AND d.voided_at IS NULL
