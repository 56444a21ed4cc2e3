-- Which dose each row of a pass that is tied to a correction has made: a later row may change or withdraw it.
UPDATE batch_entry AS e
SET own_dose_id = d.dose_id
FROM batch_pass AS p
INNER JOIN batch_entry AS o ON p.seq = o.seq
INNER JOIN registry.dose AS d
    ON
        o.person_id = d.person_id AND o.given_on = d.given_on AND o.vaccine = d.vaccine
        AND o.dose_number = d.dose_number AND o.unit_code = d.unit_code
        AND d.source = 'administered' AND d.voided_at IS NULL AND d.superseded_by IS NULL
WHERE e.seq = p.seq AND p.pass = :pass AND e.outcome = 'loaded'
