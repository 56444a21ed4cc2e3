-- A row that was held, sent anew and held again for the same reason has waited since the first time.
UPDATE registry.review AS v
SET opened_on = o.opened_on
FROM intake.row AS r
INNER JOIN registry.review AS o ON r.upload_id = o.upload_id AND r.row_number = o.row_number
WHERE
    r.closed_at = now() AND r.closed_by_upload_id = v.upload_id AND r.closed_by_row_number = v.row_number
    AND v.status = 'open' AND v.rule IS NOT DISTINCT FROM o.rule AND o.opened_on < v.opened_on
