-- The reviews that wait, the longest first.
SELECT
    v.review_id,
    v.rule,
    v.opened_on,
    CAST(:as_of AS date) - v.opened_on AS waiting_days,
    v.upload_id,
    v.row_number,
    u.unit_code AS sender_unit_code,
    r.unit_code,
    cardinality(v.candidate_person_ids) AS persons,
    cardinality(v.candidate_dose_ids) AS doses,
    v.target_dose_id IS NOT NULL AS is_correction
FROM registry.review AS v
INNER JOIN intake.upload AS u ON v.upload_id = u.upload_id
INNER JOIN intake.row AS r ON v.upload_id = r.upload_id AND v.row_number = r.row_number
WHERE
    v.status = 'open' AND v.opened_on <= :as_of
    AND (CAST(:rule AS text) IS NULL OR v.rule = :rule)
    AND (CAST(:unit_code AS text) IS NULL OR :unit_code IN (u.unit_code, r.unit_code))
    AND CAST(:as_of AS date) - v.opened_on > CAST(:older_than AS integer)
ORDER BY v.opened_on, v.review_id
