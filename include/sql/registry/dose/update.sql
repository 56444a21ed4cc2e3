-- Changed fields of the unit's own record; an empty cell of a new row blanks nothing.
UPDATE registry.dose AS d
SET
    lot_number = coalesce(b.lot_number, d.lot_number),
    record_id = coalesce(e.record_id, d.record_id),
    reaction = coalesce(b.reaction, d.reaction),
    note = coalesce(b.note, d.note),
    entry_hash = e.entry_hash
FROM batch_entry AS e
INNER JOIN batch_row AS b ON e.seq = b.seq
WHERE e.pass = :pass AND e.turn = :turn AND e.outcome = 'updated' AND e.own_dose_id = d.dose_id
