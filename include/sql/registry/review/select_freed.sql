-- Open reviews whose rows met something that has changed since they were last judged: a dose that was withdrawn or
-- corrected; or one of these persons, about whom a reviewer has decided.
SELECT v.review_id, v.rule, v.upload_id, v.row_number
FROM registry.review AS v
WHERE
    v.status = 'open'
    AND (
        EXISTS (
            SELECT 1
            FROM unnest(v.candidate_dose_ids) AS c (dose_id)
            INNER JOIN registry.dose_history AS h ON c.dose_id = h.dose_id
            WHERE h.changed_at >= v.judged_at
        )
        OR (v.candidate_person_ids && CAST(:person_ids AS bigint[]) AND v.judged_at < CAST(:since AS timestamptz))
    )
ORDER BY v.upload_id, v.row_number
LIMIT :most
