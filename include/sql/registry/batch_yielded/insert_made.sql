-- The doses that the rows of the batch made, with those declared with them: who they are of is asked again.
INSERT INTO batch_yielded (dose_id, upload_id, row_number)
SELECT DISTINCT
    d.dose_id,
    b.upload_id,
    b.row_number
FROM batch_row AS b
INNER JOIN registry.dose AS d ON b.upload_id = d.upload_id AND b.row_number = d.row_number
WHERE d.voided_at IS NULL
