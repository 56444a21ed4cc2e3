-- In which pass each row is decided that is tied to a correction: rows tied together in the order of the contract, each
-- correction by itself, the new rows between two of them in one go; but a list that brings again what an earlier file
-- said in so many words comes after it: recall must see what came of that.
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
            b.action <> 'new' OR lag(b.action) OVER (PARTITION BY t.label ORDER BY t.seq) <> 'new'
            OR (
                NOT e.is_explicit AND n.first_seq = n.seq
                AND max(b.upload_id) FILTER (WHERE e.is_explicit) OVER earlier_files
                >= coalesce(max(b.upload_id) FILTER (WHERE NOT e.is_explicit) OVER earlier_files, 0)
            ) AS starts
        FROM batch_tied AS t
        INNER JOIN batch_row AS b ON t.seq = b.seq
        LEFT JOIN batch_identity AS n ON t.seq = n.seq
        CROSS JOIN
            LATERAL (
                SELECT
                    b.action_text IS NOT NULL
                    OR b.seq IN (SELECT r.seq FROM batch_ruling AS r WHERE r.is_explicit) AS is_explicit
            ) AS e
        WINDOW earlier_files AS (
            PARTITION BY t.label, n.file_hash, b.note ORDER BY b.upload_id
            GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ) AS s
) AS p
