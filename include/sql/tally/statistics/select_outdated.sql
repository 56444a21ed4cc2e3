-- Tables that the day's figures come from and that the planner has never looked at, or that have grown by a third since
-- it did.
SELECT format('%I.%I', n.nspname, c.relname) AS table_name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    n.nspname IN ('reference', 'intake', 'registry', 'stats', 'tally') AND c.relkind = 'r'
    AND (
        c.reltuples < 0
        OR pg_relation_size(c.oid) / CAST(current_setting('block_size') AS integer) > c.relpages * 4 / 3 + 8
    )
ORDER BY n.nspname, c.relname
