-- The numbers of a round's persons. The first to bring a number holds it in trust, unless its own row contradicts it or
-- it is shared by three or more different persons.
INSERT INTO registry.person_identifier (person_id, kind, value, trusted, under_own_name, upload_id)
SELECT
    s.person_id,
    k.kind,
    k.value,
    k.trusted AND NOT k.shared
    AND NOT EXISTS (
        SELECT 1
        FROM registry.person_identifier AS i
        WHERE i.kind = k.kind AND i.value = k.value AND i.trusted
    ) AS trusted,
    (p.name_key, p.birth_date, p.birth_date_latest) = (s.name_key, s.birth_date, s.birth_date_latest) AS under_own_name,
    s.upload_id
FROM batch_signature AS s
INNER JOIN batch_key AS k ON s.sig = k.sig
INNER JOIN registry.person AS p ON s.person_id = p.person_id
WHERE
    s.round = :round AND s.state IN ('new', 'matched') AND k.is_number
    -- found by likeness, now or by an earlier row with the same particulars, though it has another number of that kind:
    -- the row's is mistyped
    AND (
        NOT EXISTS (
            SELECT 1
            FROM batch_identity AS n
            INNER JOIN registry.match_decision AS d ON n.identity_hash = d.identity_hash
            WHERE n.seq = s.sig AND d.person_id = s.person_id AND d.is_same AND d.decided_by = 'matching'
        )
        OR NOT EXISTS (
            SELECT 1
            FROM registry.person_identifier AS o
            WHERE o.person_id = s.person_id AND o.kind = k.kind AND o.value <> k.value
        )
    )
-- in the order of the largest index, which then grows page by page
ORDER BY k.kind, k.value
ON CONFLICT (kind, value, person_id) DO UPDATE
    SET under_own_name = TRUE
    WHERE excluded.under_own_name AND NOT person_identifier.under_own_name
