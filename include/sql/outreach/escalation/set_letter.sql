-- The dispatch of a proposal that waits.
UPDATE outreach.escalation
SET letter_pdf = :letter_pdf
WHERE case_id = :case_id AND proposed_on = :proposed_on AND status = 'proposed'
