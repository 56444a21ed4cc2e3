-- Note what a reviewer decides of two registered persons; where one is merged into the other, how that one stood before
-- and which doses are moved or withdrawn.
INSERT INTO registry.review_decision (
    decision, person_id, merged_person_id, decided_by, reason, decided_on, before
)
SELECT
    :decision AS decision,
    CASE WHEN :decision <> 'part_persons' THEN p.person_id END AS person_id,
    :other_person_id AS merged_person_id,
    :decided_by AS decided_by,
    :reason AS reason,
    :as_of AS decided_on,
    CASE
        WHEN :decision = 'merge_persons' THEN (
            SELECT
                registry.person_as_it_stands(p.person_id)
                || jsonb_build_object(
                    'claims', coalesce(
                        (
                            SELECT jsonb_agg(to_jsonb(c))
                            FROM registry.identifier_claim AS c
                            WHERE
                                (c.kind, c.value) IN (
                                    SELECT
                                        i.kind,
                                        i.value
                                    FROM registry.person_identifier AS i
                                    WHERE i.person_id IN (p.person_id, :other_person_id)
                                )
                        ), '[]'
                    ),
                    'moved', to_jsonb(CAST(:moved AS bigint[])),
                    'withdrawn', to_jsonb(CAST(:withdrawn AS bigint[]))
                )
        )
    END AS before
FROM registry.person AS p
WHERE p.person_id = :person_id
RETURNING review_decision_id
