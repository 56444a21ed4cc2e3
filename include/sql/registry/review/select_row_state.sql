-- What became of a row that was held, and the review that holds it now.
SELECT
    r.outcome,
    (
        SELECT max(v.review_id)
        FROM registry.review AS v
        WHERE v.upload_id = r.upload_id AND v.row_number = r.row_number AND v.status = 'open'
    ) AS review_id
FROM intake.row AS r
WHERE r.upload_id = :upload_id AND r.row_number = :row_number
