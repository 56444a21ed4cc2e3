-- The new doses of a turn.
INSERT INTO registry.dose (
    person_id, unit_code, vaccine, dose_number, given_on, lot_number, source, record_id, reaction, note,
    upload_id, row_number, received_on, entry_hash
)
SELECT
    e.person_id,
    e.unit_code,
    e.vaccine,
    e.dose_number,
    e.given_on,
    b.lot_number,
    'administered' AS source,
    e.record_id,
    b.reaction,
    b.note,
    e.upload_id,
    e.row_number,
    b.received_on,
    e.entry_hash
FROM batch_entry AS e
INNER JOIN batch_row AS b ON e.seq = b.seq
WHERE
    e.pass = :pass AND e.turn = :turn AND e.outcome = 'loaded'
    -- made before by the same row: dose/revive
    AND NOT EXISTS (SELECT 1 FROM batch_made AS m WHERE m.seq = e.seq)
ORDER BY e.seq
