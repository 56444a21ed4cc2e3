-- Shard numbers that have partitions of a staging table.
SELECT CAST(substring(c.relname FROM '[0-9]+$') AS integer) AS shard
FROM pg_inherits AS i
INNER JOIN pg_class AS c ON i.inhrelid = c.oid
WHERE i.inhparent = CAST(:parent AS regclass)
ORDER BY 1
