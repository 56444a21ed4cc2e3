-- Note what a reviewer decides; of a person that a row is found to be, also how he stood before: numbers, phones,
-- address, and what was known of the row's numbers.
INSERT INTO registry.review_decision (
    review_id, decision, person_id, decided_by, reason, decided_on, before
)
SELECT
    v.review_id,
    :decision AS decision,
    coalesce(
        CAST(:person_id AS bigint),
        CASE
            -- whom the row founded when this was decided before
            WHEN :decision = 'new_person' THEN (
                SELECT d.person_id
                FROM registry.review_decision AS d
                WHERE d.review_id = v.review_id AND d.decision = 'new_person' AND d.person_id IS NOT NULL
                ORDER BY d.review_decision_id DESC
                LIMIT 1
            )
        END
    ) AS person_id,
    :decided_by AS decided_by,
    :reason AS reason,
    :as_of AS decided_on,
    CASE
        WHEN :decision = 'same_person' THEN (
            SELECT
                registry.person_as_it_stands(p.person_id)
                || jsonb_build_object(
                    'claims', coalesce(
                        (
                            SELECT jsonb_agg(to_jsonb(c))
                            FROM registry.identifier_claim AS c
                            WHERE
                                c.value IN (
                                    r.canonical ->> 'national_id', r.canonical ->> 'second_national_id',
                                    r.canonical ->> 'third_national_id', r.canonical ->> 'health_insurance_key'
                                )
                                OR (c.kind, c.value) IN (
                                    SELECT
                                        i.kind,
                                        i.value
                                    FROM registry.person_identifier AS i
                                    WHERE i.person_id = p.person_id
                                )
                        ), '[]'
                    )
                )
            FROM registry.person AS p
            WHERE p.person_id = :person_id
        )
    END AS before
FROM registry.review AS v
INNER JOIN intake.row AS r ON v.upload_id = r.upload_id AND v.row_number = r.row_number
WHERE v.review_id = :review_id
RETURNING review_decision_id
