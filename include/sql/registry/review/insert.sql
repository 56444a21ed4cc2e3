-- What is held waits here until it is settled.
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
    v.received_on AS opened_on
FROM batch_review AS w
INNER JOIN batch_verdict AS v ON w.seq = v.seq
ON CONFLICT (upload_id, row_number, rule) DO NOTHING
