-- The passes of rows that are tied to a correction; who speaks for whom, and which row is a copy, is asked within one.
UPDATE batch_identity AS n
SET
    pass = f.pass,
    remark_pass = f.remark_pass,
    sig = f.sig,
    first_seq = f.first_seq
FROM (
    SELECT
        o.seq,
        coalesce(p.pass, 1) AS pass,
        coalesce(p.remark_pass, 1) AS remark_pass,
        min(o.seq) OVER (PARTITION BY o.identity_hash, coalesce(p.pass, 1)) AS sig,
        min(o.seq) OVER (PARTITION BY b.upload_id, o.file_hash, coalesce(p.pass, 1)) AS first_seq
    FROM batch_identity AS o
    INNER JOIN batch_row AS b ON o.seq = b.seq
    LEFT JOIN batch_pass AS p ON o.seq = p.seq
) AS f
WHERE n.seq = f.seq AND (n.pass, n.remark_pass, n.sig, n.first_seq) <> (f.pass, f.remark_pass, f.sig, f.first_seq)
