-- The held rows that the corrections of a pass name: updates of their dose that were held, and, where no dose in effect
-- is named, the new rows with their record id, or of their person, vaccine and day. Of earlier uploads and of the
-- batch.
INSERT INTO batch_waiting (seq, upload_id, row_number, record)
WITH open_row AS (
    SELECT
        w.upload_id,
        w.row_number,
        w.unit_code,
        w.canonical AS record,
        v.target_dose_id
    FROM intake.row AS w
    INNER JOIN registry.review AS v ON w.upload_id = v.upload_id AND w.row_number = v.row_number
    WHERE
        w.closed_at IS NULL AND w.outcome = 'held' AND v.status = 'open'
        AND w.unit_code IN (SELECT o.unit_code FROM batch_own_unit AS o)
        -- held rows that are judged again do not wait for themselves
        AND NOT EXISTS (
            SELECT 1 FROM batch_row AS b WHERE b.upload_id = w.upload_id AND b.row_number = w.row_number
        )
    UNION ALL
    SELECT
        e.upload_id,
        e.row_number,
        e.unit_code,
        to_jsonb(b) - ARRAY['seq', 'outcome', 'person_id', 'dose_id'] AS record,
        CASE WHEN e.action = 'update' THEN e.own_dose_id END AS target_dose_id
    FROM batch_entry AS e
    INNER JOIN batch_row AS b ON e.seq = b.seq
    WHERE e.outcome = 'held' AND e.pass < :pass
),

waiting AS (
    SELECT
        r.*,
        f.record_id,
        f.name_key,
        f.birth_date,
        f.birth_date_latest,
        f.national_id,
        f.second_national_id,
        f.third_national_id,
        f.health_insurance_key,
        f.vaccine,
        f.given_on
    FROM open_row AS r
    CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), r.record) AS f
    WHERE (r.upload_id, r.row_number) NOT IN (SELECT x.upload_id, x.row_number FROM batch_closed AS x)
)

SELECT
    c.seq,
    w.upload_id,
    w.row_number,
    w.record
FROM batch_correction AS c
INNER JOIN waiting AS w ON c.dose_id = w.target_dose_id
WHERE c.pass = :pass AND NOT c.is_void
UNION ALL
SELECT
    c.seq,
    w.upload_id,
    w.row_number,
    w.record
FROM batch_correction AS c
INNER JOIN batch_row AS b ON c.seq = b.seq
INNER JOIN batch_own_unit AS o ON b.sender_unit_code = o.sender_unit_code
INNER JOIN waiting AS w ON o.unit_code = w.unit_code
WHERE
    c.pass = :pass AND (c.dose_id IS NULL OR c.is_void) AND w.target_dose_id IS NULL
    AND (o.unit_code = b.unit_code OR (b.unit_code_text IS NULL AND b.record_id IS NOT NULL))
    AND CASE
        WHEN b.record_id IS NOT NULL THEN w.record_id = b.record_id
        ELSE
            w.vaccine = b.vaccine AND w.given_on = b.given_on
            AND (
                w.name_key = b.name_key
                AND w.birth_date <= b.birth_date_latest AND b.birth_date <= w.birth_date_latest
                OR b.national_id IN (w.national_id, w.second_national_id, w.third_national_id)
                OR b.health_insurance_key = w.health_insurance_key
            )
    END
