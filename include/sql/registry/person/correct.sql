-- Persons that only the unit of an update has entered, as the update says: also what it empties. A phone that is
-- replaced finds the person no more.
UPDATE registry.person AS p
SET
    full_name = b.full_name,
    name_key = b.name_key,
    sex = b.sex,
    birth_date = b.birth_date,
    birth_date_precision = b.birth_date_precision,
    phone = b.phone,
    phones = CASE
        WHEN b.phone IS NOT DISTINCT FROM p.phone THEN p.phones
        ELSE array_remove(array_remove(p.phones, p.phone), b.phone) || array_remove(ARRAY[b.phone], NULL)
    END,
    address = b.address,
    ward = b.ward,
    district_code = b.district_code,
    province = b.province_text,
    priority_group = b.priority_group,
    given_marks = registry.given_marks(b.full_name),
    home_district = b.district_code,
    home_ward = lower(b.ward),
    home_address = lower(b.address),
    updated_at = now()
FROM batch_entry AS e
INNER JOIN batch_correction AS c ON e.seq = c.seq
INNER JOIN batch_row AS b ON e.seq = b.seq
WHERE
    e.pass = :pass AND e.action = 'update' AND e.outcome = 'updated' AND c.changes AND c.only_ours
    AND e.person_id = c.person_id AND e.person_id = p.person_id
