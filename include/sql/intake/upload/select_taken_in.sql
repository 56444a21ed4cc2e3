-- The first upload of the same bytes by the same sender that was taken in.
SELECT
    coalesce(unit_code, '') AS unit_code,
    sha256,
    upload_id
FROM intake.upload
WHERE kind = :kind AND status IN ('loaded', 'empty') AND sha256 = ANY(:sha256)
