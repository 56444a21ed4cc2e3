-- Numbers of the record that an update replaces or empties are not the person's any more.
DELETE FROM registry.person_identifier AS i
USING
    batch_entry AS e, batch_correction AS c, batch_row AS b,
    jsonb_populate_record(CAST(NULL AS intake.staged_row), c.base) AS f
WHERE
    e.seq = c.seq
    AND e.seq = b.seq
    AND e.pass = :pass
    AND e.action = 'update'
    AND e.outcome = 'updated'
    AND c.only_ours
    AND e.person_id = c.person_id
    AND i.person_id = c.person_id
    AND i.value IN (f.national_id, f.second_national_id, f.third_national_id, f.health_insurance_key)
    AND i.value NOT IN (
        coalesce(b.national_id, ''), coalesce(b.second_national_id, ''),
        coalesce(b.third_national_id, ''), coalesce(b.health_insurance_key, '')
    )
