-- What is held waits here until it is settled; a row that is held once more has waited since the first time.
INSERT INTO registry.review (
    rule, upload_id, row_number, candidate_person_ids, candidate_dose_ids, target_dose_id, opened_on
)
SELECT
    w.rule,
    v.upload_id,
    v.row_number,
    w.candidate_person_ids,
    w.candidate_dose_ids,
    w.target_dose_id,
    coalesce(
        (
            SELECT min(o.opened_on)
            FROM registry.review AS o
            WHERE o.upload_id = v.upload_id AND o.row_number = v.row_number
        ), v.received_on
    ) AS opened_on
FROM batch_review AS w
INNER JOIN batch_verdict AS v ON w.seq = v.seq
ON CONFLICT (upload_id, row_number, rule) DO UPDATE
    SET
        status = 'open',
        candidate_person_ids = CASE
            WHEN excluded.candidate_person_ids = '{}' THEN review.candidate_person_ids
            ELSE excluded.candidate_person_ids
        END,
        candidate_dose_ids = excluded.candidate_dose_ids,
        target_dose_id = excluded.target_dose_id,
        settled_at = NULL,
        settled_by = NULL,
        decision = NULL,
        judged_at = now()
