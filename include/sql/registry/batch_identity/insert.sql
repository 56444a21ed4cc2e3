-- The rows to decide, with what they are compared by. Records compare as text of a row, so that a missing value and
-- an empty one, or two neighbouring columns, never look the same. Pass 0: every new row of the batch, before the first
-- pass; else the updates of that pass, as the records that they result in.
INSERT INTO batch_identity (
    seq, sig, identity_hash, file_hash, entry_hash, first_seq, pass, remark_pass, given_marks
)
SELECT
    h.seq,
    min(h.seq) OVER (PARTITION BY h.identity_hash, h.pass) AS sig,
    h.identity_hash,
    h.file_hash,
    registry.entry_hash(h.file_hash, h.record_id, h.note) AS entry_hash,
    min(h.seq) OVER (PARTITION BY h.upload_id, h.file_hash, h.pass) AS first_seq,
    h.pass,
    h.remark_pass,
    h.given_marks
FROM (
    SELECT
        b.seq,
        b.upload_id,
        b.record_id,
        b.note,
        m.given_marks,
        coalesce(p.pass, 1) AS pass,
        coalesce(p.remark_pass, 1) AS remark_pass,
        CAST(md5(CAST(ROW(
            b.name_key, m.given_marks, b.birth_date, b.birth_date_precision, b.sex,
            b.national_id_kind, b.national_id, b.second_national_id_kind, b.second_national_id,
            b.third_national_id_kind, b.third_national_id,
            b.health_insurance_key, b.phone, b.district_code, b.ward, d.numbers
        ) AS text)) AS uuid) AS identity_hash,
        CAST(md5(CAST(ROW(
            b.unit_code, b.full_name, b.sex, b.birth_date, b.birth_date_precision, b.national_id,
            b.second_national_id, b.third_national_id, b.health_insurance_key, b.phone, b.address, b.ward,
            coalesce(b.district_code, b.district_text), b.province_text, b.priority_group, b.vaccine, b.lot_number,
            b.dose_number, b.given_on, b.declared_dose_number, b.declared_vaccine, b.declared_given_on,
            b.declared_place, b.reaction
        ) AS text)) AS uuid) AS file_hash
    FROM batch_row AS b
    CROSS JOIN LATERAL (SELECT registry.given_marks(b.full_name) AS given_marks) AS m
    LEFT JOIN batch_pass AS p ON b.seq = p.seq
    LEFT JOIN (
        -- a number that its own row contradicts makes another signature than the same number trusted
        SELECT
            i.seq,
            count(*) AS numbers
        FROM batch_issue AS i
        WHERE i.rule IN ('national_id.sex_mismatch', 'national_id.birth_year_mismatch')
        GROUP BY i.seq
    ) AS d ON b.seq = d.seq
    WHERE
        b.outcome IS NULL
        AND CASE
            WHEN :pass = 0 THEN b.action = 'new'
            ELSE b.seq IN (SELECT c.seq FROM batch_correction AS c WHERE c.pass = :pass AND c.outcome IS NULL)
        END
) AS h
