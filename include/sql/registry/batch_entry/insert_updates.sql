-- The updates of a pass as the records that they result in, with the person that each then speaks of. What somebody
-- else also says of a person is no single unit's to change: name, birth date, sex or number against it is held.
INSERT INTO batch_entry (
    seq, sig, action, upload_id, row_number, unit_code, vaccine, dose_number, given_on, is_explicit, record_id, note,
    file_hash, entry_hash, first_seq, pass, remark_pass, person_id, alone, outcome, rule, own_dose_id
)
SELECT
    n.seq,
    n.sig,
    'update' AS action,
    b.upload_id,
    b.row_number,
    b.unit_code,
    b.vaccine,
    b.dose_number,
    b.given_on,
    FALSE AS is_explicit,
    b.record_id,
    b.note,
    n.file_hash,
    n.entry_hash,
    n.seq AS first_seq,
    n.pass,
    n.remark_pass,
    w.person_id,
    FALSE AS alone,
    CASE WHEN w.is_held THEN 'held' END AS outcome,
    CASE WHEN w.is_held THEN coalesce(w.hold_rule, 'record.identity_conflict') END AS rule,
    c.dose_id AS own_dose_id
FROM batch_correction AS c
INNER JOIN batch_identity AS n ON c.seq = n.seq
INNER JOIN batch_row AS b ON c.seq = b.seq
INNER JOIN registry.person AS p ON c.person_id = p.person_id
LEFT JOIN batch_signature AS s ON n.sig = s.sig
CROSS JOIN
    LATERAL (
        SELECT
            CASE WHEN s.sig IS NULL THEN c.person_id ELSE s.person_id END AS person_id,
            CASE WHEN s.state = 'held' THEN s.hold_rule END AS hold_rule,
            coalesce(s.state = 'held', FALSE)
            OR (
                NOT c.only_ours AND coalesce(s.person_id, c.person_id) = c.person_id
                AND (
                    b.name_key <> p.name_key OR b.sex <> p.sex
                    OR b.birth_date > p.birth_date_latest OR b.birth_date_latest < p.birth_date
                    OR EXISTS (
                        SELECT 1
                        FROM jsonb_populate_record(CAST(NULL AS intake.staged_row), c.base) AS f
                        CROSS JOIN
                            LATERAL (
                                VALUES
                                (f.national_id), (f.second_national_id), (f.third_national_id),
                                (f.health_insurance_key)
                            ) AS v (number)
                        WHERE
                            v.number NOT IN (
                                coalesce(b.national_id, ''), coalesce(b.second_national_id, ''),
                                coalesce(b.third_national_id, ''),
                                coalesce(b.health_insurance_key, '')
                            )
                    )
                )
            ) AS is_held
    ) AS w
WHERE c.pass = :pass AND c.outcome IS NULL AND b.action = 'update'
