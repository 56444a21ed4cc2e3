-- The last unit list that was offered.
SELECT
    status,
    units,
    reason,
    received_on
FROM reference.unit_list
ORDER BY unit_list_id DESC
LIMIT 1
