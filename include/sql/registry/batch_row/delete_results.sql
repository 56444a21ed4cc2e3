-- Rows that go on as the record that they result in.
DELETE FROM batch_row
WHERE
    seq IN (
        SELECT c.seq
        FROM batch_correction AS c
        INNER JOIN batch_result AS r ON c.seq = r.seq
        WHERE c.outcome IS NULL
    )
