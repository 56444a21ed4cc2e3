-- :rows staged rows in 500 files, of which every fiftieth is bad in one of 39 ways (what was bad before it is sound).
INSERT INTO intake.staged_row (
    shard, upload_id, row_number, line, original, sender_unit_code, received_on, cells_found, cells_expected,
    action_text, action, unit_code_text, unit_code, full_name, name_key, sex_text, sex,
    birth_date_text, birth_date, birth_date_latest, birth_date_precision,
    national_id_text, national_id, national_id_kind, national_id_repaired,
    health_insurance_no_text, health_insurance_no, health_insurance_key, health_insurance_no_repaired,
    phone_text, phone, phone_repaired, address, district_text, district_code, province_is_city,
    vaccine_text, vaccine, lot_number, dose_number_text, dose_number, given_on_text, given_on,
    declared_dose_number_text, declared_dose_number, declared_vaccine_text, declared_vaccine,
    declared_given_on_text, declared_given_on
)
SELECT
    :shard, 1 + n / ceil(:rows / 500.0), n, n + 1, 'a' || chr(31) || 'b', 'U' || n % 500, DATE '2021-10-20',
    CASE WHEN bad = 1 THEN 9 END, CASE WHEN bad = 1 THEN 12 END,
    CASE WHEN bad = 2 THEN 'xoay' END, CASE WHEN bad IS DISTINCT FROM 2 THEN 'new' END,
    CASE WHEN bad = 3 THEN 'Z9' END, CASE WHEN bad IS DISTINCT FROM 3 THEN 'U' || n % 500 END,
    CASE bad WHEN 4 THEN NULL WHEN 5 THEN 'Nguyễn 7' WHEN 6 THEN 'Không tên' WHEN 7 THEN 'Lan'
        WHEN 8 THEN 'Nguyen Van Bay' ELSE 'Nguyễn Thị Minh Khai' END,
    CASE bad WHEN 4 THEN NULL WHEN 5 THEN 'nguyen 7' WHEN 6 THEN 'khong ten' WHEN 7 THEN 'lan'
        WHEN 8 THEN 'nguyen van bay' ELSE 'nguyen thi minh khai' END,
    CASE WHEN bad = 9 THEN '?' ELSE 'Nữ' END, CASE WHEN bad IS DISTINCT FROM 9 THEN 'female' END,
    CASE WHEN bad = 10 THEN NULL ELSE to_char(born_on, 'DD/MM/YYYY') END,
    CASE bad WHEN 10 THEN NULL WHEN 11 THEN NULL WHEN 12 THEN DATE '1890-01-01' ELSE born_on END,
    CASE bad WHEN 10 THEN NULL WHEN 11 THEN NULL WHEN 12 THEN DATE '1890-01-01' ELSE born_on END,
    CASE bad WHEN 10 THEN NULL WHEN 11 THEN NULL WHEN 13 THEN 'year' ELSE 'day' END,
    'x', CASE bad WHEN 14 THEN NULL WHEN 15 THEN '079000000000' WHEN 16 THEN '0792' || right(cccd, 8)
        WHEN 17 THEN '079199' || right(cccd, 6) WHEN 18 THEN NULL WHEN 19 THEN NULL ELSE cccd END,
    CASE WHEN bad NOT IN (14, 18, 19) OR bad IS NULL THEN 'cccd' END, coalesce(bad = 20, false),
    'DN4', CASE WHEN bad NOT IN (18, 19, 21) OR bad IS NULL THEN 'DN479' || lpad(CAST(n + 10 AS text), 10, '7') END,
    CASE bad WHEN 22 THEN '1111111111' WHEN 18 THEN NULL WHEN 19 THEN NULL WHEN 21 THEN NULL
        ELSE lpad(CAST(n + 10 AS text), 10, '7') END, coalesce(bad = 23, false),
    '090', CASE WHEN bad NOT IN (18, 19, 24) OR bad IS NULL THEN '09' || lpad(CAST(n AS text), 8, '1') END,
    coalesce(bad = 25, false), '12 Lê Lợi',
    CASE bad WHEN 19 THEN NULL ELSE 'Quận 1' END, CASE WHEN bad NOT IN (19, 26) OR bad IS NULL THEN '760' END, true,
    CASE WHEN bad = 27 THEN NULL ELSE 'AstraZeneca' END, CASE bad WHEN 27 THEN NULL WHEN 28 THEN NULL WHEN 36 THEN 'ABDALA' ELSE 'AZ' END,
    CASE WHEN bad = 29 THEN NULL ELSE 'ABV' || n % 97 END,
    '1', CASE bad WHEN 30 THEN NULL WHEN 31 THEN 3 ELSE 1 END,
    CASE WHEN bad = 32 THEN NULL ELSE '15/10/2021' END,
    CASE bad WHEN 32 THEN NULL WHEN 33 THEN NULL WHEN 34 THEN DATE '2021-10-21' WHEN 35 THEN DATE '2021-03-01'
        WHEN 36 THEN DATE '2021-09-01' ELSE DATE '2021-10-15' END,
    CASE WHEN bad IN (37, 38) THEN '1' END, CASE WHEN bad IN (37, 38) THEN 1 END,
    CASE WHEN bad IN (37, 38) THEN 'Pfizer' END, CASE WHEN bad = 37 THEN 'PFIZER' END,
    CASE WHEN bad IN (37, 38) THEN '01/09/2021' END, CASE WHEN bad IN (37, 38) THEN DATE '2021-09-01' END
FROM (
    SELECT
        n, born_on, bad,
        CASE WHEN bad = 39 THEN '0793' ELSE '0791' END || to_char(born_on, 'YY') || lpad(CAST(n % 999983 AS text), 6, '0') AS cccd
    FROM (
        SELECT
            n,
            bad,
            CASE WHEN bad = 39 THEN DATE '2010-01-01' ELSE DATE '1950-01-01' + n % 18000 END AS born_on
        FROM generate_series(1, :rows) AS g (n)
        CROSS JOIN LATERAL (SELECT CASE WHEN n % 50 = 0 THEN 1 + n / 50 % 39 END AS bad) AS fault
    ) AS person
) AS sent
