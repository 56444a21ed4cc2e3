-- Rows that are known say nothing of who it is; the first of the others speaks for them.
WITH recalled AS (
    DELETE FROM batch_identity AS n
    USING batch_entry AS e
    WHERE n.seq = e.seq AND n.pass = :pass
    RETURNING n.seq
)

UPDATE batch_identity AS n
SET sig = f.sig
FROM (
    SELECT
        o.identity_hash,
        min(o.seq) AS sig
    FROM batch_identity AS o
    WHERE o.pass = :pass AND o.seq NOT IN (SELECT r.seq FROM recalled AS r)
    GROUP BY o.identity_hash
) AS f
WHERE
    n.identity_hash = f.identity_hash AND n.pass = :pass AND n.sig <> f.sig
    AND n.seq NOT IN (SELECT r.seq FROM recalled AS r)
