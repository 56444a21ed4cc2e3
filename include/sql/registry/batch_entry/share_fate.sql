-- A row equal to an earlier one of its file repeats it; where that one is held it shares its fate. Where that one no
-- longer stands, because a row between the two changed the dose, the change stands.
UPDATE batch_entry AS e
SET
    outcome = CASE WHEN f.outcome = 'held' THEN 'held' ELSE 'duplicate' END,
    rule = CASE
        WHEN f.outcome = 'held' OR f.rule = 'record.stale' THEN f.rule
        WHEN EXISTS (
            SELECT 1
            FROM registry.dose_history AS h
            INNER JOIN registry.dose AS d ON h.dose_id = d.dose_id
            WHERE
                h.changed_by_upload_id = e.upload_id AND h.entry_hash = f.entry_hash
                AND h.changed_by_row_number BETWEEN f.row_number + 1 AND e.row_number
                AND (h.dose_id = f.own_dose_id OR (d.person_id = f.person_id AND d.given_on = f.given_on))
        ) THEN 'record.stale'
    END,
    met_dose_ids = f.met_dose_ids
FROM batch_entry AS f
WHERE e.pass = :pass AND e.first_seq = f.seq AND e.seq <> f.seq
