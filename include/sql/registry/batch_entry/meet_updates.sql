-- What an update meets where it moves its dose, beside the dose itself: the same dose at another unit, or another dose
-- on the same day. One that moves nothing meets nothing.
UPDATE batch_entry AS e
SET
    met_dose_ids = coalesce(m.same_dose_ids, m.same_day_ids),
    outcome = CASE WHEN coalesce(m.same_dose_ids, m.same_day_ids) IS NULL THEN 'updated' ELSE 'held' END,
    rule = CASE
        WHEN m.same_dose_ids IS NOT NULL THEN 'record.same_dose_other_unit'
        WHEN m.same_day_ids IS NOT NULL THEN 'record.same_day_dose'
    END
FROM (
    SELECT
        n.seq,
        array_agg(r.dose_id) FILTER (
            WHERE r.unit_code <> n.unit_code AND r.vaccine = n.vaccine AND r.dose_number = n.dose_number
        ) AS same_dose_ids,
        array_agg(r.dose_id) FILTER (WHERE r.given_on = n.given_on) AS same_day_ids
    FROM batch_entry AS n
    INNER JOIN registry.dose AS d ON n.own_dose_id = d.dose_id
    LEFT JOIN registry.dose AS r
        ON
            n.person_id = r.person_id
            AND r.given_on BETWEEN n.given_on - 2 AND n.given_on + 2
            AND r.source = 'administered' AND r.voided_at IS NULL AND r.superseded_by IS NULL
            AND d.dose_id <> r.dose_id
            AND (n.person_id, n.vaccine, n.dose_number, n.given_on)
            <> (d.person_id, d.vaccine, d.dose_number, d.given_on)
    WHERE n.pass = :pass AND n.action = 'update' AND n.outcome IS NULL
    GROUP BY n.seq
) AS m
WHERE e.seq = m.seq
