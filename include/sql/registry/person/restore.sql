-- A person as before a merge that is undone: what the rows of the batch had brought, and nobody else, goes.
UPDATE registry.person AS p
SET
    full_name = CASE WHEN t.full_names @> ARRAY[p.full_name] THEN o.full_name ELSE p.full_name END,
    given_marks = CASE
        WHEN o.given_marks IS NULL AND t.given_marks @> ARRAY[p.given_marks] THEN NULL ELSE p.given_marks
    END,
    phone = CASE WHEN t.phones @> ARRAY[p.phone] THEN o.phone ELSE p.phone END,
    phones = ARRAY(
        SELECT n.phone FROM unnest(p.phones) AS n (phone)
        WHERE n.phone = ANY(o.phones) OR NOT t.phones @> ARRAY[n.phone]
    ),
    address = CASE WHEN t.addresses @> ARRAY[p.address] THEN o.address ELSE p.address END,
    ward = CASE WHEN t.wards @> ARRAY[p.ward] THEN o.ward ELSE p.ward END,
    district_code = CASE WHEN t.districts @> ARRAY[p.district_code] THEN o.district_code ELSE p.district_code END,
    province = CASE WHEN t.provinces @> ARRAY[p.province] THEN o.province ELSE p.province END,
    priority_group = CASE
        WHEN t.priority_groups @> ARRAY[p.priority_group] THEN o.priority_group ELSE p.priority_group
    END,
    updated_at = now()
FROM registry.review_decision AS d
CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS registry.person), d.before -> 'person') AS o
CROSS JOIN (
    SELECT
        coalesce(array_agg(b.full_name), '{}') AS full_names,
        coalesce(array_agg(registry.given_marks(b.full_name)), '{}') AS given_marks,
        coalesce(array_agg(b.phone) FILTER (WHERE b.phone IS NOT NULL), '{}') AS phones,
        array_agg(b.address) AS addresses,
        array_agg(b.ward) AS wards,
        array_agg(b.district_code) AS districts,
        array_agg(b.province_text) AS provinces,
        array_agg(b.priority_group) AS priority_groups
    FROM batch_row AS b
) AS t
WHERE d.review_decision_id = :review_decision_id AND p.person_id = d.person_id
