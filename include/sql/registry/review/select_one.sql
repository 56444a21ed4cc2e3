-- A review with the row that it is about.
SELECT
    v.review_id,
    v.rule,
    v.upload_id,
    v.row_number,
    v.status,
    v.opened_on,
    v.settled_at,
    v.settled_by,
    v.decision,
    v.candidate_person_ids,
    v.candidate_dose_ids,
    v.target_dose_id,
    u.unit_code AS sender_unit_code,
    r.unit_code,
    r.outcome,
    r.closed_by_upload_id,
    coalesce(r.canonical ->> 'action', 'new') AS action,
    r.canonical
FROM registry.review AS v
INNER JOIN intake.row AS r ON v.upload_id = r.upload_id AND v.row_number = r.row_number
INNER JOIN intake.upload AS u ON v.upload_id = u.upload_id
WHERE v.review_id = :review_id
