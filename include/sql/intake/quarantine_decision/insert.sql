-- Note a person's decision on a refused file; once, if it is the same again and nothing came of it yet.
INSERT INTO intake.quarantine_decision (upload_id, decision, reason, decided_by, decided_on)
SELECT
    :upload_id AS upload_id,
    :decision AS decision,
    :reason AS reason,
    :decided_by AS decided_by,
    :decided_on AS decided_on
WHERE NOT EXISTS (
    SELECT 1
    FROM intake.quarantine_decision AS d
    WHERE d.upload_id = :upload_id AND d.decision = :decision AND d.became_upload_id IS NULL
)
