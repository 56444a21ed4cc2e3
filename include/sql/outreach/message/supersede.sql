-- Retire the mails of this kind to this recipient that never left: the new one, :message_id, says all they said.
UPDATE outreach.message
SET status = 'superseded'
WHERE
    kind = :kind
    AND unit_code IS NOT DISTINCT FROM :unit_code
    AND upload_id IS NOT DISTINCT FROM :upload_id
    AND lower(recipient) = lower(:recipient)
    AND status IN ('queued', 'failed')
    -- What was to be alarmed about each time is something else; so are a day's digest and a week's report.
    AND (kind NOT IN ('alert', 'digest') OR level = :level)
    AND NOT (kind = 'alert' AND level = 0)
    AND message_id < :message_id
