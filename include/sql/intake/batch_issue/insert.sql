-- The remarks of the row rules on a batch's rows.
INSERT INTO batch_issue (seq, rule, column_name, value, message_values)
SELECT
    v.seq,
    i.rule,
    i.column_name,
    i.value,
    i.message_values
FROM intake.staged_issue AS i
INNER JOIN batch_verdict AS v ON i.upload_id = v.upload_id AND i.row_number = v.row_number
WHERE i.shard = ANY(:shards) AND i.upload_id = ANY(:upload_ids)
