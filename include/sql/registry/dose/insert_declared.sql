-- Earlier doses that people declared when they came for this one. Not where the dose is already known as given, or
-- declared before; faulty declarations (declared.invalid) stay aside. A declaration has the upload and row of the dose
-- it came with.
INSERT INTO registry.dose (
    person_id, unit_code, vaccine, dose_number, given_on, source, place, upload_id, row_number, received_on,
    entry_hash
)
SELECT DISTINCT ON (e.person_id, b.declared_dose_number)
    e.person_id,
    e.unit_code,
    b.declared_vaccine,
    b.declared_dose_number,
    b.declared_given_on,
    'declared' AS source,
    b.declared_place,
    coalesce(o.upload_id, e.upload_id) AS upload_id,
    coalesce(o.row_number, e.row_number) AS row_number,
    b.received_on,
    e.entry_hash
FROM batch_entry AS e
INNER JOIN batch_row AS b ON e.seq = b.seq
LEFT JOIN registry.dose AS o ON e.outcome = 'updated' AND e.own_dose_id = o.dose_id
WHERE
    e.pass = :pass AND e.outcome IN ('loaded', 'updated') AND e.first_seq = e.seq
    AND b.declared_given_on IS NOT NULL AND b.declared_vaccine IS NOT NULL AND b.declared_dose_number IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM batch_issue AS i WHERE i.seq = e.seq AND i.rule = 'declared.invalid')
    AND NOT EXISTS (
        SELECT 1
        FROM registry.dose AS d
        WHERE
            d.person_id = e.person_id AND d.dose_number = b.declared_dose_number
            AND d.voided_at IS NULL
            AND (
                d.source = 'declared'
                OR (d.upload_id, d.row_number) < (e.upload_id, e.row_number)
            )
    )
ORDER BY e.person_id, b.declared_dose_number, e.seq
