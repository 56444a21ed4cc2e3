-- Close the units that the list no longer names; a unit is never deleted.
-- Parameters: unit_codes, those that are listed; received_on, the day of the list.
UPDATE reference.unit
SET closed_on = CAST(:received_on AS date)
WHERE closed_on IS NULL AND unit_code <> ALL(:unit_codes)
