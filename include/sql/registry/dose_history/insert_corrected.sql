-- The earlier state of every dose that an update of a pass changes; and of the person's other doses, where it says anew
-- who the person is: a row that says the old is known by it.
INSERT INTO registry.dose_history (
    dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
)
SELECT
    d.dose_id,
    'updated' AS change,
    e.upload_id,
    e.row_number,
    b.received_on AS changed_on,
    d.entry_hash,
    to_jsonb(d) AS dose,
    to_jsonb(p) || jsonb_build_object('identifiers', i.identifiers) AS person
FROM batch_entry AS e
INNER JOIN batch_correction AS c ON e.seq = c.seq
INNER JOIN batch_row AS b ON e.seq = b.seq
INNER JOIN registry.person AS p ON c.person_id = p.person_id
INNER JOIN registry.dose AS d
    ON
        p.person_id = d.person_id
        AND (
            c.dose_id = d.dose_id
            OR (
                c.changes_person AND c.only_ours AND e.person_id = c.person_id
                AND d.source = 'administered' AND d.voided_at IS NULL
            )
        )
CROSS JOIN
    LATERAL (
        SELECT jsonb_object_agg(n.kind || ' ' || n.value, n.trusted) AS identifiers
        FROM registry.person_identifier AS n
        WHERE n.person_id = p.person_id
    ) AS i
WHERE e.pass = :pass AND e.action = 'update' AND e.outcome = 'updated' AND c.changes
ORDER BY e.seq, d.dose_id
