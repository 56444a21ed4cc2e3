-- The other doses of the person of each new or updated dose, once its file is decided: of its own file, wherever they
-- stand in it (a row that was alone in its pass may not be so in the file), and of earlier files. A declared dose
-- counts until the dose itself is entered.
INSERT INTO batch_other (
    seq, own_vaccine, own_dose_number, own_given_on, source, vaccine, dose_number, given_on, is_before, is_previous
)
SELECT
    o.*,
    o.given_on < o.own_given_on
    AND row_number() OVER (
        PARTITION BY o.seq, o.given_on < o.own_given_on ORDER BY o.given_on DESC, o.dose_number DESC, o.source
    ) = 1 AS is_previous
FROM (
    SELECT
        e.seq,
        e.vaccine AS own_vaccine,
        e.dose_number AS own_dose_number,
        e.given_on AS own_given_on,
        d.source,
        d.vaccine,
        d.dose_number,
        d.given_on,
        (d.upload_id, d.row_number) < (e.upload_id, e.row_number) AS is_before
    FROM batch_entry AS e
    -- person by person (ORDER BY), hence by index, however many doses there are
    CROSS JOIN
        LATERAL (
            SELECT r.*
            FROM registry.dose AS r
            WHERE
                r.person_id = e.person_id
                AND r.source = 'administered' AND r.voided_at IS NULL AND r.superseded_by IS NULL
            ORDER BY r.dose_id
        ) AS d
    WHERE
        e.remark_pass = :pass AND (NOT e.alone OR e.pass < :pass)
        AND (e.outcome = 'loaded' OR (e.outcome = 'updated' AND e.action = 'update'))
        AND d.upload_id <= e.upload_id
        AND (d.upload_id, d.row_number) <> (e.upload_id, e.row_number) AND d.dose_id IS DISTINCT FROM e.own_dose_id
    UNION ALL
    SELECT
        e.seq,
        e.vaccine AS own_vaccine,
        e.dose_number AS own_dose_number,
        e.given_on AS own_given_on,
        d.source,
        d.vaccine,
        d.dose_number,
        d.given_on,
        (d.upload_id, d.row_number) < (e.upload_id, e.row_number) AS is_before
    FROM batch_entry AS e
    INNER JOIN registry.dose AS d ON e.person_id = d.person_id
    WHERE
        e.remark_pass = :pass AND (NOT e.alone OR e.pass < :pass)
        AND (e.outcome = 'loaded' OR (e.outcome = 'updated' AND e.action = 'update'))
        AND d.source = 'declared' AND d.voided_at IS NULL AND d.superseded_by IS NULL
        AND d.upload_id <= e.upload_id
        AND NOT EXISTS (
            SELECT 1
            FROM registry.dose AS a
            WHERE
                a.person_id = d.person_id AND a.dose_number = d.dose_number
                AND a.source = 'administered' AND a.voided_at IS NULL AND a.superseded_by IS NULL
                AND a.upload_id <= e.upload_id
        )
) AS o
