-- Why a round took signatures for somebody that they only resemble.
INSERT INTO registry.match_decision (identity_hash, person_id, upload_id, row_number, score, levels)
SELECT
    n.identity_hash,
    s.person_id,
    b.upload_id,
    b.row_number,
    CAST(s.likeness -> 0 ->> 'score' AS real) AS score,
    s.likeness -> 0 -> 'levels' AS levels
FROM batch_signature AS s
INNER JOIN batch_identity AS n ON s.sig = n.seq
INNER JOIN batch_row AS b ON s.sig = b.seq
WHERE s.round = :round AND s.state = 'matched' AND s.likeness IS NOT NULL
ON CONFLICT (identity_hash, person_id) DO NOTHING
