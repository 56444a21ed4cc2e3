-- What each open signature could be found by. A second or third identity number was not judged against sex and birth
-- year, so a CCCD there is not trusted; name and place count only where there is no number and no phone.
INSERT INTO batch_key (sig, kind, value, is_number, trusted, repeated)
SELECT
    k.sig,
    k.kind,
    k.value,
    k.is_number,
    k.trusted,
    count(*) OVER (PARTITION BY k.kind, k.value) > 1 AS repeated
FROM (
    SELECT
        b.seq AS sig,
        b.national_id_kind AS kind,
        b.national_id AS value,
        TRUE AS is_number,
        NOT EXISTS (
            SELECT 1
            FROM batch_issue AS i
            WHERE
                i.seq = b.seq
                AND i.rule IN ('national_id.sex_mismatch', 'national_id.birth_year_mismatch')
        ) AS trusted
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    WHERE s.state = 'open'
    UNION ALL
    SELECT
        b.seq AS sig,
        b.second_national_id_kind AS kind,
        b.second_national_id AS value,
        TRUE AS is_number,
        b.second_national_id_kind <> 'cccd' AS trusted
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    WHERE
        s.state = 'open'
        AND (b.second_national_id_kind, b.second_national_id) IS DISTINCT FROM (b.national_id_kind, b.national_id)
    UNION ALL
    SELECT
        b.seq AS sig,
        b.third_national_id_kind AS kind,
        b.third_national_id AS value,
        TRUE AS is_number,
        b.third_national_id_kind <> 'cccd' AS trusted
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    WHERE
        s.state = 'open'
        AND (b.third_national_id_kind, b.third_national_id) IS DISTINCT FROM (b.national_id_kind, b.national_id)
        AND (b.third_national_id_kind, b.third_national_id)
        IS DISTINCT FROM (b.second_national_id_kind, b.second_national_id)
    UNION ALL
    SELECT
        b.seq AS sig,
        'health_insurance' AS kind,
        b.health_insurance_key AS value,
        TRUE AS is_number,
        TRUE AS trusted
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    WHERE s.state = 'open'
    UNION ALL
    SELECT
        s.sig,
        'name_phone' AS kind,
        concat_ws('|', s.name_key, s.birth_date, s.birth_date_precision, s.phone) AS value,
        FALSE AS is_number,
        TRUE AS trusted
    FROM batch_signature AS s
    WHERE s.state = 'open' AND s.phone IS NOT NULL
    UNION ALL
    SELECT
        s.sig,
        'weak' AS kind,
        CAST(ROW(s.name_key, s.birth_date, s.sex, s.district_code, s.ward) AS text) AS value,
        FALSE AS is_number,
        TRUE AS trusted
    FROM batch_signature AS s
    INNER JOIN batch_row AS b ON s.sig = b.seq
    WHERE
        s.state = 'open' AND s.phone IS NULL AND s.birth_date_precision = 'day' AND s.district_code IS NOT NULL
        AND b.national_id IS NULL AND b.second_national_id IS NULL AND b.third_national_id IS NULL
        AND b.health_insurance_key IS NULL
) AS k
WHERE k.value IS NOT NULL
