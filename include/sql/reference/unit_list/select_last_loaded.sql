-- The bytes of the unit list that was last taken over.
SELECT sha256
FROM reference.unit_list
WHERE status = 'loaded'
ORDER BY unit_list_id DESC
LIMIT 1
