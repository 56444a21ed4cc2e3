-- Every file of a run's shards that waits to be applied, in the order of the contract.
SELECT
    f.upload_id,
    f.shard,
    f.unit_code,
    f.sha256,
    f.state,
    f.rows_total
FROM intake.staged_file AS f
WHERE f.shard = ANY(:shards) AND f.kind = :kind AND NOT f.check_only AND f.state <> 'planned'
ORDER BY f.upload_id
