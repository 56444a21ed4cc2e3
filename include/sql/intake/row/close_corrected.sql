-- A rejected row whose corrected form came in since, without naming it, is no longer asked for. The same person: name
-- or a number, and one more thing, agree as they were written; the same dose: two of vaccine, number and day. A guess
-- that only reminders and fix files rest on: the row itself stays, with its reasons. Joined by pairs of things that
-- agree: a name alone is thousands of persons'.
WITH open_row AS MATERIALIZED (
    SELECT
        w.upload_id,
        w.row_number,
        u.unit_code,
        v.*
    FROM intake.row AS w
    INNER JOIN intake.upload AS u ON w.upload_id = u.upload_id
    CROSS JOIN
        LATERAL jsonb_to_record(w.canonical)
            AS v (
                name_key text,
                birth_date_text text,
                national_id_text text,
                health_insurance_no_text text,
                phone_text text,
                vaccine_text text,
                dose_number_text text,
                given_on_text text
            )
    WHERE
        w.closed_at IS NULL AND w.outcome = 'rejected' AND u.kind = 'upload'
        AND u.unit_code IN (SELECT s.sender_unit_code FROM batch_row AS s)
),

open_pair AS (
    SELECT
        o.*,
        k.pair
    FROM open_row AS o
    CROSS JOIN
        LATERAL unnest(intake.person_pairs(
            o.name_key, o.birth_date_text, o.national_id_text, o.health_insurance_no_text, o.phone_text
        )) AS k (pair)
),

sound_pair AS (
    SELECT
        b.seq,
        b.upload_id,
        b.row_number,
        b.sender_unit_code,
        b.vaccine_text,
        b.dose_number_text,
        b.given_on_text,
        k.pair
    FROM batch_row AS b
    CROSS JOIN
        LATERAL unnest(intake.person_pairs(
            b.name_key, b.birth_date_text, b.national_id_text, b.health_insurance_no_text, b.phone_text
        )) AS k (pair)
    WHERE
        b.outcome IN ('loaded', 'updated', 'duplicate')
        AND (
            b.name_key IN (SELECT o.name_key FROM open_row AS o)
            OR b.national_id_text IN (SELECT o.national_id_text FROM open_row AS o)
            OR b.health_insurance_no_text IN (SELECT o.health_insurance_no_text FROM open_row AS o)
        )
),

corrected AS (
    SELECT DISTINCT ON (o.upload_id, o.row_number)
        o.upload_id,
        o.row_number,
        c.upload_id AS by_upload_id,
        c.row_number AS by_row_number
    FROM open_pair AS o
    INNER JOIN sound_pair AS c ON o.pair = c.pair AND o.unit_code = c.sender_unit_code
    WHERE
        o.upload_id < c.upload_id
        AND num_nonnulls(
            nullif(o.vaccine_text = c.vaccine_text, FALSE),
            nullif(o.dose_number_text = c.dose_number_text, FALSE),
            nullif(o.given_on_text = c.given_on_text, FALSE)
        ) >= 2
    ORDER BY o.upload_id, o.row_number, c.seq
)

UPDATE intake.row AS r
SET closed_at = now(), closed_by_upload_id = c.by_upload_id, closed_by_row_number = c.by_row_number
FROM corrected AS c
WHERE r.upload_id = c.upload_id AND r.row_number = c.row_number
