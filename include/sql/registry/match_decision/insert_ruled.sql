-- Who rows with these particulars are, or are not, as reviewers have said: rows that say the same follow it.
INSERT INTO registry.match_decision AS m (
    identity_hash, person_id, is_same, upload_id, row_number, decided_by
)
SELECT DISTINCT ON (n.identity_hash, s.person_id)
    n.identity_hash,
    s.person_id,
    s.is_same,
    b.upload_id,
    b.row_number,
    d.decided_by
FROM registry.review_decision AS d
INNER JOIN registry.review AS v ON d.review_id = v.review_id
INNER JOIN batch_row AS b ON v.upload_id = b.upload_id AND v.row_number = b.row_number
INNER JOIN batch_identity AS n ON b.seq = n.seq
CROSS JOIN
    LATERAL (
        SELECT
            d.person_id,
            TRUE AS is_same
        WHERE d.decision = 'same_person'
        UNION ALL
        SELECT
            c.person_id,
            FALSE AS is_same
        FROM unnest(v.candidate_person_ids) AS c (person_id)
        WHERE d.decision = 'new_person' AND c.person_id IS DISTINCT FROM d.person_id
    ) AS s
WHERE d.decided_at = now() AND d.undone_by IS NULL
ORDER BY n.identity_hash, s.person_id, b.seq
ON CONFLICT (identity_hash, person_id) DO UPDATE
    SET
        is_same = excluded.is_same,
        upload_id = excluded.upload_id,
        row_number = excluded.row_number,
        score = NULL,
        levels = NULL,
        decided_by = excluded.decided_by,
        decided_at = now()
