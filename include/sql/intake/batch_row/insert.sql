-- Number a batch's rows in the order of the contract; what a row rule or the whole file rejects is decided.
INSERT INTO batch_row
SELECT
    s.*,
    row_number() OVER (ORDER BY s.upload_id, s.row_number) AS seq,
    CASE WHEN s.upload_id = ANY(:mostly_rejected) THEN 'rejected' ELSE d.outcome END AS outcome
FROM intake.staged_row AS s
LEFT JOIN (
    SELECT
        i.upload_id,
        i.row_number,
        -- the worst of the two that are decided already: 'rejected' sorts last
        max(r.consequence) AS outcome
    FROM intake.staged_issue AS i
    INNER JOIN reference.rule AS r ON i.rule = r.code
    WHERE i.shard = ANY(:shards) AND i.upload_id = ANY(:upload_ids) AND r.consequence IN ('rejected', 'duplicate')
    GROUP BY i.upload_id, i.row_number
) AS d ON s.upload_id = d.upload_id AND s.row_number = d.row_number
WHERE s.shard = ANY(:shards) AND s.upload_id = ANY(:upload_ids)
