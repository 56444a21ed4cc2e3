-- Which dose the copies of a row within its file stand for.
UPDATE batch_row AS b
SET dose_id = d.dose_id
FROM batch_entry AS e
INNER JOIN registry.dose AS d
    ON
        e.person_id = d.person_id AND e.given_on = d.given_on AND e.vaccine = d.vaccine
        AND e.dose_number = d.dose_number AND e.unit_code = d.unit_code
        AND d.source = 'administered' AND d.voided_at IS NULL AND d.superseded_by IS NULL
WHERE b.seq = e.seq AND e.seq <> e.first_seq AND e.outcome = 'duplicate' AND b.dose_id IS NULL
