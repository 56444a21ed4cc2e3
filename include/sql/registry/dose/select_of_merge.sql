-- The doses of a person who is to be merged into another one, and what each meets there: the same record, the same dose
-- at another unit (dates at most 2 days apart), another dose on the same day, or the same number declared.
-- `gives_way`: only one of the two can be in effect; an entered dose goes before a declared one.
SELECT
    o.dose_id,
    k.dose_id AS met_dose_id,
    k.dose_id IS NOT NULL AND (o.source = 'declared' OR k.source = 'declared' OR m.is_same_record) AS gives_way,
    coalesce(m.is_same_record, FALSE) AS is_same_record,
    coalesce(k.source = 'declared' AND o.source = 'administered', FALSE) AS met_gives_way
FROM registry.dose AS o
LEFT JOIN registry.dose AS k
    ON
        k.person_id = :person_id
        AND o.voided_at IS NULL AND o.superseded_by IS NULL
        AND k.voided_at IS NULL AND k.superseded_by IS NULL
        AND (
            (
                o.source = 'administered' AND k.source = 'administered'
                AND (
                    o.given_on = k.given_on
                    OR (
                        o.vaccine = k.vaccine AND o.dose_number = k.dose_number AND o.unit_code <> k.unit_code
                        AND abs(o.given_on - k.given_on) <= 2
                    )
                )
            )
            OR ('declared' IN (o.source, k.source) AND o.dose_number = k.dose_number)
        )
LEFT JOIN LATERAL (
    SELECT
        o.source = 'administered' AND k.source = 'administered'
        AND (o.unit_code, o.vaccine, o.dose_number, o.given_on)
        = (k.unit_code, k.vaccine, k.dose_number, k.given_on) AS is_same_record
) AS m ON TRUE
WHERE o.person_id = :other_person_id
ORDER BY o.dose_id, k.dose_id
