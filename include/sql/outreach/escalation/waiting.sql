-- What waits for a decision.
SELECT
    proposal.case_id,
    concerned.unit_code,
    unit.name,
    proposal.proposed_on,
    proposal.deadline,
    concerned.opened_on,
    concerned.level_missing AS missing
FROM outreach.escalation AS proposal
INNER JOIN outreach."case" AS concerned ON proposal.case_id = concerned.case_id
INNER JOIN reference.unit ON concerned.unit_code = unit.unit_code
WHERE proposal.status = 'proposed'
ORDER BY concerned.level_missing DESC, concerned.unit_code
