-- Doses that rows which are judged again made before, and that a review has taken out of effect.
INSERT INTO batch_made (seq, dose_id)
SELECT
    b.seq,
    max(d.dose_id) AS dose_id
FROM batch_row AS b
INNER JOIN registry.dose AS d ON b.upload_id = d.upload_id AND b.row_number = d.row_number
WHERE b.outcome IS NULL AND b.action = 'new' AND d.source = 'administered' AND d.voided_at IS NOT NULL
GROUP BY b.seq
