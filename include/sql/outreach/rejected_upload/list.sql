-- Which uploads, received by :as_of, hold rejected rows that nobody has corrected yet.
SELECT
    upload.unit_code,
    array_agg(DISTINCT upload.upload_id ORDER BY upload.upload_id) AS upload_ids
FROM intake.upload AS upload
INNER JOIN intake.row AS waiting ON upload.upload_id = waiting.upload_id
WHERE
    upload.received_on <= CAST(:as_of AS date)
    AND upload.status = 'loaded'
    AND upload.kind = 'upload'
    AND upload.unit_code IS NOT NULL
    AND waiting.outcome = 'rejected'
    AND waiting.closed_at IS NULL
GROUP BY upload.unit_code
