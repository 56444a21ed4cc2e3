-- Shard numbers that have partitions of a staging table, and no file that is planned or staged.
SELECT p.shard
FROM (
    SELECT CAST(substring(c.relname FROM '[0-9]+$') AS integer) AS shard
    FROM pg_inherits AS i
    INNER JOIN pg_class AS c ON i.inhrelid = c.oid
    WHERE i.inhparent = CAST(:parent AS regclass)
) AS p
WHERE NOT EXISTS (SELECT 1 FROM intake.staged_file AS f WHERE f.shard = p.shard)
ORDER BY 1
