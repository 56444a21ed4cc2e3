-- Retire the mails of this kind to this recipient that never left: the new one, :message_id, says all they said.
UPDATE outreach.message
SET status = 'superseded'
WHERE
    kind = :kind
    AND unit_code IS NOT DISTINCT FROM :unit_code
    AND upload_id IS NOT DISTINCT FROM :upload_id
    AND lower(recipient) = lower(:recipient)
    AND status IN ('queued', 'failed')
    -- What was to be alarmed about, or was corrected, is each time something else.
    AND kind NOT IN ('alert', 'correction')
    -- So are a day's digest and a week's report.
    AND (kind <> 'digest' OR level = :level)
    AND message_id < :message_id
