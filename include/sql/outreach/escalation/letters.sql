-- The letters of these cases' proposals that wait or are approved.
SELECT
    proposal.case_id,
    concerned.unit_code,
    unit.name,
    proposal.proposed_on,
    proposal.decided_by,
    proposal.letter_pdf,
    proposed.missing,
    CAST(proposed.detail ->> 'days' AS integer) AS days
FROM outreach.escalation AS proposal
INNER JOIN outreach."case" AS concerned ON proposal.case_id = concerned.case_id
INNER JOIN reference.unit ON concerned.unit_code = unit.unit_code
INNER JOIN outreach.case_event AS proposed
    ON
        proposal.case_id = proposed.case_id
        AND proposal.proposed_on = proposed.as_of
        AND proposed.event = 'proposed'
WHERE
    proposal.case_id = ANY(CAST(:case_ids AS bigint[]))
    AND proposal.status IN ('proposed', 'approved')
    AND proposal.letter_pdf IS NOT NULL
ORDER BY concerned.unit_code
