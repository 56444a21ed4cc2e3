-- Of a file that was judged again as a whole, the rows that somebody has closed since: they count for its share of
-- rejected rows, and stay as they are.
DELETE FROM intake.staged_row AS s
USING intake.row AS r
WHERE s.shard = :shard AND s.upload_id = r.upload_id AND s.row_number = r.row_number AND r.closed_at IS NOT NULL
