-- What reviewers have decided on the rows of a batch, as far as it was not undone: the last word on who it is, and the
-- last on the rest. A row that made a dose before is not recalled as one that was withdrawn.
INSERT INTO batch_ruling (
    seq, is_new, person_id, held_rule, keeps_both, is_explicit, closed_as, closed_rule, closed_dose_id
)
SELECT
    b.seq,
    coalesce(w.decision = 'new_person', FALSE) AS is_new,
    w.person_id,
    CASE WHEN b.upload_id = :held_upload_id AND b.row_number = :held_row_number THEN :held_rule END AS held_rule,
    coalesce(d.decision = 'keep_both', FALSE) AS keeps_both,
    TRUE AS is_explicit,
    CASE
        WHEN d.decision = 'keep_other' AND b.action = 'new' THEN 'duplicate'
        WHEN d.decision IN ('keep_other', 'drop') THEN 'rejected'
    END AS closed_as,
    d.rule AS closed_rule,
    CASE WHEN d.decision = 'keep_other' THEN d.candidate_dose_ids[1] END AS closed_dose_id
FROM batch_row AS b
LEFT JOIN LATERAL (
    SELECT
        c.decision,
        c.person_id
    FROM registry.review AS v
    INNER JOIN registry.review_decision AS c ON v.review_id = c.review_id
    WHERE
        v.upload_id = b.upload_id AND v.row_number = b.row_number
        AND c.decision IN ('same_person', 'new_person') AND c.undone_by IS NULL
    ORDER BY c.review_decision_id DESC
    LIMIT 1
) AS w ON TRUE
LEFT JOIN LATERAL (
    SELECT
        c.decision,
        v.rule,
        v.candidate_dose_ids
    FROM registry.review AS v
    INNER JOIN registry.review_decision AS c ON v.review_id = c.review_id
    WHERE
        v.upload_id = b.upload_id AND v.row_number = b.row_number
        AND c.decision IN ('keep_this', 'keep_other', 'keep_both', 'apply', 'drop') AND c.undone_by IS NULL
    ORDER BY c.review_decision_id DESC
    LIMIT 1
) AS d ON TRUE
WHERE
    b.outcome IS NULL
    AND (
        w.decision IS NOT NULL OR d.decision IS NOT NULL
        OR b.seq IN (SELECT m.seq FROM batch_made AS m)
        OR (b.upload_id = :held_upload_id AND b.row_number = :held_row_number)
    )
