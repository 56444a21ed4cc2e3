-- The doses that a pass's updates change, as the records that they result in.
UPDATE registry.dose AS d
SET
    person_id = e.person_id,
    vaccine = e.vaccine,
    dose_number = e.dose_number,
    given_on = e.given_on,
    lot_number = b.lot_number,
    record_id = b.record_id,
    reaction = b.reaction,
    note = b.note,
    entry_hash = e.entry_hash
FROM batch_entry AS e
INNER JOIN batch_correction AS c ON e.seq = c.seq
INNER JOIN batch_row AS b ON e.seq = b.seq
WHERE e.pass = :pass AND e.action = 'update' AND e.outcome = 'updated' AND c.changes AND e.own_dose_id = d.dose_id
