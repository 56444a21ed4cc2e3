-- Note that the list that was last taken over is offered again.
INSERT INTO reference.unit_list (sha256, received_on, status, units)
SELECT
    sha256,
    :received_on AS received_on,
    status,
    units
FROM reference.unit_list
WHERE sha256 = :sha256 AND status = 'loaded'
ORDER BY unit_list_id DESC
LIMIT 1
