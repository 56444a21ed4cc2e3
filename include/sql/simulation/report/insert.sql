-- A day's figures of made-up units, received on the day itself: one file a unit. The lines come as four arrays.
WITH line AS (
    SELECT given.*
    FROM
        unnest(
            CAST(:unit_codes AS text[]),
            CAST(:vaccines AS text[]),
            CAST(:dose_numbers AS smallint[]),
            CAST(:counts AS integer[])
        ) AS given (unit_code, vaccine, dose_number, doses)
),

sent AS (
    INSERT INTO intake.upload (
        unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at, language, received_on,
        received_at, finished_at, status, rows_total, rows_loaded
    )
    SELECT
        line.unit_code,
        'report' AS kind,
        'report.csv' AS file_name,
        'simulated' AS source_path,
        'simulated' AS archive_path,
        encode(sha256(convert_to(line.unit_code || 'report' || :given_on, 'UTF8')), 'hex') AS sha256,
        1 AS size_bytes,
        CAST(CAST(:given_on AS date) AS timestamptz) AS modified_at,
        'vi' AS language,
        CAST(:given_on AS date) AS received_on,
        CAST(CAST(:given_on AS date) AS timestamptz) AS received_at,
        now() AS finished_at,
        'loaded' AS status,
        count(*) AS rows_total,
        count(*) AS rows_loaded
    FROM line
    GROUP BY line.unit_code
    RETURNING intake.upload.upload_id, intake.upload.unit_code
)

INSERT INTO stats.report (
    unit_code, given_on, vaccine, dose_number, doses_given, revision, source, upload_id, row_number, received_at,
    received_on
)
SELECT
    line.unit_code,
    CAST(:given_on AS date) AS given_on,
    line.vaccine,
    line.dose_number,
    line.doses,
    1 AS revision,
    'unit' AS source,
    sent.upload_id,
    row_number() OVER (PARTITION BY line.unit_code ORDER BY line.vaccine, line.dose_number) AS row_number,
    CAST(CAST(:given_on AS date) AS timestamptz) AS received_at,
    CAST(:given_on AS date) AS received_on
FROM line
INNER JOIN sent ON line.unit_code = sent.unit_code
