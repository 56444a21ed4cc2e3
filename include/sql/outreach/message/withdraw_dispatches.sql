-- Retire the dispatches that never left and whose case is closed: their letter asks for what is entered by now.
UPDATE outreach.message AS message
SET status = 'superseded'
FROM outreach."case" AS concerned
WHERE
    message.kind = 'escalation'
    AND message.status IN ('queued', 'failed')
    AND message.case_id = concerned.case_id
    AND concerned.state = 'closed'
