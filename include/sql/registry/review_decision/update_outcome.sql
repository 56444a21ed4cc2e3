-- What became of the rows that decisions of this transaction were about; of a new person, who that is.
UPDATE registry.review_decision AS d
SET
    outcome = b.outcome,
    person_id = CASE WHEN d.decision = 'new_person' THEN coalesce(d.person_id, b.person_id) ELSE d.person_id END
FROM registry.review AS v
INNER JOIN batch_row AS b ON v.upload_id = b.upload_id AND v.row_number = b.row_number
WHERE d.review_id = v.review_id AND d.decided_at = now()
