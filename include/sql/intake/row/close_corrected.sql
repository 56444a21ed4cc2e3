-- A rejected row whose corrected form came in since is no longer asked for. The same person: name or a number, and one
-- more thing, agree as they were written; the same dose: two of vaccine, number and day. A guess that only reminders
-- rest on: the row itself stays, with its reasons.
UPDATE intake.row AS r
SET closed_at = now()
WHERE
    r.closed_at IS NULL AND r.outcome = 'rejected'
    AND EXISTS (
        SELECT 1
        FROM (
            SELECT
                o.upload_id,
                o.row_number
            FROM (
                SELECT
                    w.upload_id,
                    w.row_number,
                    u.unit_code,
                    w.canonical,
                    k.kind,
                    w.canonical ->> k.kind AS value
                FROM intake.row AS w
                INNER JOIN intake.upload AS u ON w.upload_id = u.upload_id
                CROSS JOIN (VALUES ('name_key'), ('national_id_text'), ('health_insurance_no_text')) AS k (kind)
                WHERE
                    w.closed_at IS NULL AND w.outcome = 'rejected' AND u.kind = 'upload'
                    AND u.unit_code IN (SELECT DISTINCT s.sender_unit_code FROM batch_row AS s)
            ) AS o
            INNER JOIN (
                SELECT
                    b.*,
                    k.kind,
                    CASE k.kind
                        WHEN 'name_key' THEN b.name_key
                        WHEN 'national_id_text' THEN b.national_id_text
                        ELSE b.health_insurance_no_text
                    END AS value
                FROM batch_row AS b
                CROSS JOIN (VALUES ('name_key'), ('national_id_text'), ('health_insurance_no_text')) AS k (kind)
                WHERE b.outcome IN ('loaded', 'updated', 'duplicate')
            ) AS c ON o.unit_code = c.sender_unit_code AND o.kind = c.kind AND o.value = c.value
            WHERE
                o.upload_id < c.upload_id
                AND num_nonnulls(
                    nullif(o.canonical ->> 'name_key' = c.name_key, FALSE),
                    nullif(o.canonical ->> 'birth_date_text' = c.birth_date_text, FALSE),
                    nullif(o.canonical ->> 'national_id_text' = c.national_id_text, FALSE),
                    nullif(o.canonical ->> 'health_insurance_no_text' = c.health_insurance_no_text, FALSE),
                    nullif(o.canonical ->> 'phone_text' = c.phone_text, FALSE)
                ) >= 2
                AND num_nonnulls(
                    nullif(o.canonical ->> 'vaccine_text' = c.vaccine_text, FALSE),
                    nullif(o.canonical ->> 'dose_number_text' = c.dose_number_text, FALSE),
                    nullif(o.canonical ->> 'given_on_text' = c.given_on_text, FALSE)
                ) >= 2
        ) AS f
        WHERE f.upload_id = r.upload_id AND f.row_number = r.row_number
    )
