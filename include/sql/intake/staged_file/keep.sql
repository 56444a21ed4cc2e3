-- Keep a shard's files from being forgotten until the transaction ends; which they are.
SELECT
    upload_id,
    kind
FROM intake.staged_file
WHERE shard = :shard
ORDER BY upload_id
FOR KEY SHARE
