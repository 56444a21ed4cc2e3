-- The open reviews of rows that say the same in the same file and wait for the same reason: they share its fate.
SELECT o.review_id, o.upload_id, o.row_number
FROM registry.review AS v
INNER JOIN intake.row AS r ON v.upload_id = r.upload_id AND v.row_number = r.row_number
INNER JOIN registry.review AS o
    ON v.upload_id = o.upload_id AND v.rule IS NOT DISTINCT FROM o.rule AND v.review_id <> o.review_id
INNER JOIN intake.row AS c ON o.upload_id = c.upload_id AND o.row_number = c.row_number
CROSS JOIN
    LATERAL (SELECT ARRAY['action', 'action_text', 'record_id', 'note', 'vaxtally_ref'] AS names) AS left_out
WHERE
    v.review_id = :review_id AND o.status = 'open' AND v.target_dose_id IS NULL AND o.target_dose_id IS NULL
    AND c.canonical - left_out.names = r.canonical - left_out.names
ORDER BY o.row_number
