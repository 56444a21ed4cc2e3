-- Tables of the registry that have grown by a third since the planner last looked at them, or in which it then saw less
-- than a row a page: looked at when they held nothing but the remains of a batch that was rolled back, they count as
-- empty however much this transaction has written into those pages.
SELECT format('%I.%I', n.nspname, c.relname) AS table_name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    n.nspname = 'registry' AND c.relkind = 'r'
    AND (
        pg_relation_size(c.oid) / CAST(current_setting('block_size') AS integer) > c.relpages * 4 / 3 + 8
        OR (c.relpages > 8 AND c.reltuples < c.relpages)
    )
