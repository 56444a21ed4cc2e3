-- Updates that a reviewer lets stand beside the doses that they meet; not beside the unit's own record of that dose.
UPDATE batch_entry AS e
SET outcome = 'updated', rule = NULL, met_dose_ids = NULL
FROM batch_ruling AS r
WHERE
    e.seq = r.seq AND r.keeps_both AND e.pass = :pass AND e.action = 'update' AND e.outcome = 'held'
    AND e.rule IN ('record.same_dose_other_unit', 'record.same_day_dose')
    AND NOT EXISTS (
        SELECT 1
        FROM registry.dose AS d
        WHERE
            d.dose_id = ANY(e.met_dose_ids) AND d.unit_code = e.unit_code AND d.vaccine = e.vaccine
            AND d.dose_number = e.dose_number AND d.given_on = e.given_on
    )
