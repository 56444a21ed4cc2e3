-- A run's shards are done with: what could not be applied, or was not read, waits in the inbox.
DELETE FROM intake.staged_file WHERE shard = ANY(:shards)
