-- The files of a shard that are still to be read, in the order of the contract.
SELECT
    upload_id,
    kind,
    unit_code,
    source_path,
    sha256,
    language,
    received_on
FROM intake.staged_file
WHERE shard = :shard AND state IN ('planned', 'read', 'empty')
ORDER BY upload_id
