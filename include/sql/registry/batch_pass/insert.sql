-- In which pass each row is decided that is tied to a correction: rows tied together in the order of the contract, each
-- correction by itself, the new rows between two of them in one go; but a file that lists again what an earlier one
-- said in so many words begins anew: recall must see what came of that.
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
        1 + count(*) FILTER (
            WHERE s.action <> 'new' OR s.last_action <> 'new' OR (s.seq = s.first_seq AND s.lists_again)
        ) OVER (PARTITION BY s.label ORDER BY s.seq) AS pass
    FROM (
        SELECT
            r.seq,
            r.label,
            r.upload_id,
            r.action,
            lag(r.action) OVER (PARTITION BY r.label ORDER BY r.seq) AS last_action,
            min(r.seq) OVER (PARTITION BY r.label, r.upload_id) AS first_seq,
            bool_or(r.said_in >= coalesce(r.listed_in, 0)) OVER (PARTITION BY r.label, r.upload_id) AS lists_again
        FROM (
            SELECT
                t.seq,
                t.label,
                b.upload_id,
                b.action,
                -- the last earlier file that says the same in so many words, or without
                CASE WHEN NOT e.is_explicit THEN max(b.upload_id) FILTER (WHERE e.is_explicit) OVER earlier END
                    AS said_in,
                max(b.upload_id) FILTER (WHERE NOT e.is_explicit) OVER earlier AS listed_in
            FROM batch_tied AS t
            INNER JOIN batch_row AS b ON t.seq = b.seq
            LEFT JOIN batch_identity AS n ON t.seq = n.seq
            CROSS JOIN
                LATERAL (
                    SELECT
                        n.file_hash,
                        b.action_text IS NOT NULL
                        OR b.seq IN (SELECT r.seq FROM batch_ruling AS r WHERE r.is_explicit) AS is_explicit
                ) AS e
            WINDOW earlier AS (
                PARTITION BY t.label, e.file_hash, b.note ORDER BY b.upload_id
                GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
        ) AS r
    ) AS s
) AS p
