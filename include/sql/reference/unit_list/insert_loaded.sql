-- Note a unit list that was taken over.
INSERT INTO reference.unit_list (sha256, received_on, status, units)
VALUES (:sha256, :received_on, 'loaded', :units)
