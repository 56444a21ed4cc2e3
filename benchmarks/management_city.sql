-- A city for benchmarks/management.py: every number is worked out from unit and day, so it is the same each time.
INSERT INTO reference.unit (
    unit_code,
    name,
    unit_type,
    district_code,
    parent_unit_code,
    language,
    data_officer_name,
    data_officer_email,
    listed_on
)
SELECT
    'U' || lpad(CAST(n AS text), 4, '0'),
    CASE WHEN n <= 22 THEN 'Trung tâm Y tế ' || district.name ELSE 'Trạm Y tế số ' || n || ', ' || district.name END,
    CASE WHEN n <= 22 THEN 'district_health_office' ELSE 'health_centre' END,
    district.code,
    CASE WHEN n > 22 THEN 'U' || lpad(CAST((n - 1) % 22 + 1 AS text), 4, '0') END,
    'vi',
    'Phụ trách dữ liệu',
    CASE WHEN n % 97 <> 3 THEN 'u' || n || '@example.org' END,
    '2021-03-08'
FROM generate_series(1, :units) AS unit (n)
INNER JOIN (
    SELECT code, name, row_number() OVER (ORDER BY code) AS place
    FROM reference.district WHERE valid_from > '-infinity' OR (successor_code IS NULL)
) AS district ON district.place = (n - 1) % 22 + 1;

INSERT INTO intake.upload (
    unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at, language, received_on,
    received_at, status
)
SELECT
    NULL,
    kind.kind,
    day.n || '.csv',
    's',
    'a',
    lpad(to_hex(day.n * 2 + length(kind.kind)), 64, '0'),
    1,
    received.moment,
    'vi',
    CAST(received.moment AS date), received.moment, 'loaded'
FROM generate_series(0, :days + 12) AS day (n)
CROSS JOIN (VALUES ('report'), ('upload')) AS kind (kind)
CROSS JOIN LATERAL (SELECT CAST(:first_on AS date) + day.n + TIME '05:00' AS moment) AS received
WHERE kind.kind = 'report' OR day.n >= 0;

INSERT INTO stats.report (
    unit_code,
    given_on,
    vaccine,
    dose_number,
    doses_given,
    revision,
    source,
    upload_id,
    row_number,
    received_at,
    received_on
)
SELECT
    unit.unit_code, sent.given_on, 'PFIZER', 1, :doses, 1, 'department', upload.upload_id, 1, upload.received_at,
    upload.received_on
FROM reference.unit AS unit
CROSS JOIN (SELECT CAST(:first_on AS date) + n AS given_on FROM generate_series(0, :days - 1) AS day (n)) AS sent
INNER JOIN intake.upload AS upload ON upload.kind = 'report' AND upload.received_on = sent.given_on + 1
WHERE right(unit.unit_code, 4) NOT IN ('0100', '0200');

INSERT INTO registry.person (full_name, name_key, sex, birth_date, birth_date_precision, created_by_upload_id)
SELECT 'Nguyễn Văn A', 'nguyen van a', 'male', '1980-01-01', 'day', (SELECT min(upload_id) FROM intake.upload)
FROM generate_series(1, :doses);

-- How much is entered, and how late, gets better with time and differs by district and unit.
INSERT INTO registry.dose (
    person_id, unit_code, vaccine, dose_number, given_on, source, upload_id, row_number, received_on, entry_hash
)
SELECT
    person.person_id, report.unit_code, 'PFIZER', 1, report.given_on, 'administered', upload.upload_id, 1,
    upload.received_on, CAST(md5(report.unit_code || report.given_on || person.person_id) AS uuid)
FROM stats.report AS report
INNER JOIN reference.unit AS unit ON report.unit_code = unit.unit_code
CROSS JOIN registry.person AS person
CROSS JOIN
    LATERAL (
        SELECT
            abs(hashtext(report.unit_code || report.given_on || person.person_id)) % 1000 AS luck,
            abs(hashtext(unit.district_code || 'q')) % 160 + abs(hashtext(unit.unit_code)) % 120 AS trouble,
            CAST(:as_of AS date) - report.given_on AS age
    ) AS chance
CROSS JOIN
    LATERAL (
        SELECT report.given_on + 1 + CASE WHEN chance.luck % 10 < 7 THEN 0 ELSE chance.luck % 11 END AS received_on
    ) AS entered
INNER JOIN intake.upload AS upload ON upload.kind = 'upload' AND entered.received_on = upload.received_on
WHERE
    chance.luck
    > chance.trouble
    * (1.0 + chance.age / 25.0)
    * CASE
        WHEN unit.district_code IN ('783', '787') THEN 1.6 WHEN
            unit.district_code IN ('770', '774', '768')
            THEN 0.02
        ELSE 0.3
    END
    AND NOT (unit.district_code = '760' AND right(unit.unit_code, 1) = '5');
