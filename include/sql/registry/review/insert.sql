-- What is held waits here until it is settled, with whom it resembles; a row that is held once more has waited
-- since the first time.
WITH opened AS (
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
    RETURNING review_id, upload_id, row_number, rule
)

INSERT INTO registry.review_candidate (review_id, person_id, score, levels)
SELECT
    o.review_id,
    c.person_id,
    c.score,
    c.levels
FROM opened AS o
INNER JOIN batch_verdict AS v ON o.upload_id = v.upload_id AND o.row_number = v.row_number
INNER JOIN batch_review AS w ON v.seq = w.seq AND o.rule = w.rule
CROSS JOIN jsonb_to_recordset(w.likeness) AS c (person_id bigint, score real, levels jsonb)
WHERE w.likeness IS NOT NULL
ON CONFLICT (review_id, person_id) DO UPDATE SET score = excluded.score, levels = excluded.levels
