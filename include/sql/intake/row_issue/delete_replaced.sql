-- Of rows that were judged again one set of lines stays: the new one where a row came out otherwise, else the old.
DELETE FROM intake.row_issue AS i
USING batch_verdict AS v
WHERE
    i.upload_id = v.upload_id AND i.row_number = v.row_number
    AND (i.row_issue_id <= :last_line) = EXISTS (
        SELECT 1 FROM batch_changed AS c WHERE c.upload_id = v.upload_id AND c.row_number = v.row_number
    )
