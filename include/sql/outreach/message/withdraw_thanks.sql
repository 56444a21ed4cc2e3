-- Retire the thanks that never left and whose unit is short again.
UPDATE outreach.message AS message
SET status = 'superseded'
FROM outreach."case" AS open
WHERE
    message.kind = 'closed'
    AND message.status IN ('queued', 'failed')
    AND message.unit_code = open.unit_code
    AND open.state <> 'closed'
