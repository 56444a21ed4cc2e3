-- In which pass each row is decided that is tied to a correction: rows tied together in the order of the contract, each
-- correction by itself, the new rows between two of them in one go.
INSERT INTO batch_pass (seq, pass, remark_pass)
SELECT
    p.seq,
    p.pass,
    max(p.pass) OVER (PARTITION BY p.label, p.upload_id) AS remark_pass
FROM (
    SELECT
        s.seq,
        s.label,
        s.upload_id,
        1 + count(*) FILTER (WHERE s.starts) OVER (PARTITION BY s.label ORDER BY s.seq) AS pass
    FROM (
        SELECT
            t.seq,
            t.label,
            b.upload_id,
            b.action <> 'new' OR lag(b.action) OVER (PARTITION BY t.label ORDER BY t.seq) <> 'new' AS starts
        FROM batch_tied AS t
        INNER JOIN batch_row AS b ON t.seq = b.seq
    ) AS s
) AS p
