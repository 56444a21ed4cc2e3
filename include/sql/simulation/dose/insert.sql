-- Doses that made-up units enter on a day, each of a person of its own: one file a unit. They come as five arrays, each
-- line with a number of doses.
WITH line AS (
    SELECT given.*
    FROM
        unnest(
            CAST(:unit_codes AS text[]),
            CAST(:days AS date[]),
            CAST(:vaccines AS text[]),
            CAST(:dose_numbers AS smallint[]),
            CAST(:counts AS integer[])
        ) AS given (unit_code, given_on, vaccine, dose_number, doses)
),

sent AS (
    INSERT INTO intake.upload (
        unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at, language, received_on,
        received_at, finished_at, status, rows_total, rows_loaded
    )
    SELECT
        line.unit_code,
        'upload' AS kind,
        'doses.csv' AS file_name,
        'simulated' AS source_path,
        'simulated' AS archive_path,
        encode(sha256(convert_to(line.unit_code || 'upload' || :received_on, 'UTF8')), 'hex') AS sha256,
        1 AS size_bytes,
        CAST(CAST(:received_on AS date) AS timestamptz) AS modified_at,
        'vi' AS language,
        CAST(:received_on AS date) AS received_on,
        CAST(CAST(:received_on AS date) AS timestamptz) AS received_at,
        now() AS finished_at,
        'loaded' AS status,
        sum(line.doses) AS rows_total,
        sum(line.doses) AS rows_loaded
    FROM line
    GROUP BY line.unit_code
    RETURNING intake.upload.upload_id, intake.upload.unit_code
),

-- numbered at once: two tables are filled from it
citizen AS MATERIALIZED (
    SELECT
        nextval(pg_get_serial_sequence('registry.person', 'person_id')) AS person_id,
        row_number() OVER (PARTITION BY line.unit_code) AS row_number,
        sent.upload_id,
        line.unit_code,
        line.given_on,
        line.vaccine,
        line.dose_number
    FROM line
    INNER JOIN sent ON line.unit_code = sent.unit_code
    CROSS JOIN LATERAL generate_series(1, line.doses)
),

person AS (
    INSERT INTO registry.person (
        person_id, full_name, name_key, sex, birth_date, birth_date_precision, created_by_upload_id
    )
    OVERRIDING SYSTEM VALUE
    SELECT
        citizen.person_id,
        'Người ' || citizen.person_id AS full_name,
        'nguoi ' || citizen.person_id AS name_key,
        'female' AS sex,
        DATE '1980-01-01' AS birth_date,
        'day' AS birth_date_precision,
        citizen.upload_id AS created_by_upload_id
    FROM citizen
)

INSERT INTO registry.dose (
    person_id, unit_code, vaccine, dose_number, given_on, source, upload_id, row_number, received_on, entry_hash
)
SELECT
    citizen.person_id,
    citizen.unit_code,
    citizen.vaccine,
    citizen.dose_number,
    citizen.given_on,
    'administered' AS source,
    citizen.upload_id,
    citizen.row_number,
    CAST(:received_on AS date) AS received_on,
    CAST(md5(CAST(citizen.person_id AS text)) AS uuid) AS entry_hash
FROM citizen
