-- The files of which more than a share of at least so many rows are rejected by row rules. A fix file that comes
-- back (it names rows of ours) is exempt.
WITH rejected AS (
    SELECT
        issue.upload_id,
        count(DISTINCT issue.row_number) AS rejected_rows
    FROM intake.staged_issue AS issue
    INNER JOIN reference.rule AS r ON issue.rule = r.code
    WHERE
        issue.shard = any(:shards)
        AND issue.upload_id = any(:upload_ids)
        AND r.level = 'row'
        AND r.consequence = 'rejected'
    GROUP BY issue.upload_id
)

SELECT rejected.upload_id
FROM rejected
INNER JOIN intake.staged_row AS staged ON rejected.upload_id = staged.upload_id
WHERE staged.shard = any(:shards)
GROUP BY rejected.upload_id, rejected.rejected_rows
HAVING
    count(*) >= :min_rows
    AND rejected.rejected_rows > :share * count(*)
    AND count(staged.vaxtally_ref) = 0
