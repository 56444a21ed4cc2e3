-- A file whose bytes were taken in since it was planned is a repeat of that one.
UPDATE intake.staged_file AS f
SET state = 'repeated', repeats_upload_id = u.upload_id
FROM intake.upload AS u
WHERE
    f.upload_id = ANY(:upload_ids)
    AND f.state IN ('read', 'empty')
    AND u.kind = f.kind
    AND u.sha256 = f.sha256
    AND u.unit_code IS NOT DISTINCT FROM f.unit_code
    AND u.status IN ('loaded', 'empty')
