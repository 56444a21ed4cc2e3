-- Every correction, tied to itself.
INSERT INTO batch_tied (seq, label, round)
SELECT
    b.seq,
    b.seq AS label,
    0 AS round
FROM batch_row AS b
WHERE b.outcome IS NULL AND b.action IN ('update', 'void')
