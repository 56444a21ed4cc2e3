-- The person of a changed dose as earlier rows of the pass left it: what they say of it is only written once the pass
-- is done (person/update), and file by file it would have been by then.
UPDATE registry.dose_history AS h
SET
    person = h.person || t.told - 'plain_name' || jsonb_build_object(
        'full_name', CASE
            WHEN t.told ? 'full_name' THEN t.told ->> 'full_name'
            -- a list without diacritics takes none away
            WHEN registry.has_diacritics(h.person ->> 'full_name') THEN h.person ->> 'full_name'
            ELSE coalesce(t.told ->> 'plain_name', h.person ->> 'full_name')
        END
    )
FROM (
    SELECT
        e.outcome,
        e.upload_id,
        e.row_number,
        e.own_dose_id,
        registry.jsonb_overlay(
            jsonb_strip_nulls(
                jsonb_build_object(
                    'full_name',
                    CASE WHEN b.name_key = k.name_key AND registry.has_diacritics(b.full_name) THEN b.full_name END,
                    'plain_name',
                    CASE WHEN b.name_key = k.name_key AND NOT registry.has_diacritics(b.full_name) THEN b.full_name END,
                    'phone', b.phone,
                    'address', b.address,
                    'ward', b.ward,
                    'district_code', b.district_code,
                    'province', b.province_text,
                    'priority_group', b.priority_group
                )
            )
        ) FILTER (WHERE e.outcome IN ('loaded', 'updated') AND e.first_seq = e.seq)
            OVER (PARTITION BY e.person_id ORDER BY e.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS told
    FROM batch_entry AS e
    INNER JOIN batch_row AS b ON e.seq = b.seq
    INNER JOIN registry.person AS k ON e.person_id = k.person_id
    WHERE
        e.pass = :pass AND e.action = 'new'
        AND e.person_id IN (
            SELECT u.person_id FROM batch_entry AS u WHERE u.pass = :pass AND u.action = 'new' AND u.outcome = 'updated'
        )
) AS t
WHERE
    t.outcome = 'updated' AND t.told <> '{}' AND h.dose_id = t.own_dose_id
    AND h.changed_by_upload_id = t.upload_id AND h.changed_by_row_number = t.row_number
