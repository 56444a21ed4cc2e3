-- One turn of "a new row meets what is there": (a) the unit's own record, equal or changed, or withdrawn before; (b)
-- the same dose at another unit; (c) another dose on the same day; (d) a new dose. Against administered doses in
-- effect. A row without record id, or with somebody else's, is compared as if it had the record's.
UPDATE batch_entry AS e
SET
    own_dose_id = m.own_dose_id,
    met_dose_ids = m.met_dose_ids,
    outcome = m.outcome,
    rule = m.rule
FROM (
    SELECT
        w.seq,
        w.own_dose_id,
        CASE
            WHEN w.own_dose_id IS NOT NULL THEN NULL
            WHEN w.voided_ids IS NOT NULL THEN w.voided_ids
            WHEN w.same_dose_ids IS NOT NULL THEN w.same_dose_ids
            ELSE w.same_day_ids
        END AS met_dose_ids,
        CASE
            WHEN w.is_equal OR w.is_stale THEN 'duplicate'
            WHEN w.own_dose_id IS NOT NULL THEN 'updated'
            WHEN coalesce(w.voided_ids, w.same_dose_ids, w.same_day_ids) IS NOT NULL THEN 'held'
            ELSE 'loaded'
        END AS outcome,
        CASE
            WHEN w.is_equal AND NOT w.is_recalled THEN 'record.duplicate'
            WHEN w.is_equal OR w.is_stale THEN 'record.stale'
            WHEN w.own_dose_id IS NOT NULL THEN NULL
            WHEN w.voided_ids IS NOT NULL THEN 'record.voided_before'
            WHEN w.same_dose_ids IS NOT NULL THEN 'record.same_dose_other_unit'
            WHEN w.same_day_ids IS NOT NULL THEN 'record.same_day_dose'
        END AS rule
    FROM (
        SELECT
            o.*,
            coalesce(o.recorded_id, once.dose_id) AS own_dose_id,
            once.dose_id IS NOT NULL OR o.is_overtaken AS is_stale,
            once.voided_ids,
            -- as recall has it, which knows what was without id before anybody asks whose the row's id is
            o.reuses_record_id AND once.is_without_id AS is_recalled
        FROM (
            SELECT
                n.seq,
                n.upload_id,
                n.person_id,
                n.unit_code,
                n.file_hash,
                n.record_id,
                n.note,
                n.is_explicit,
                n.reuses_record_id,
                max(d.dose_id) FILTER (WHERE d.is_own) AS recorded_id,
                coalesce(bool_or(d.is_own AND d.is_equal), FALSE) AS is_equal,
                coalesce(bool_or(d.is_own AND d.is_equal_but_id), FALSE) AS is_equal_but_id,
                coalesce(bool_or(d.is_own AND d.upload_id > n.upload_id), FALSE) AS is_overtaken,
                array_agg(d.dose_id) FILTER (WHERE d.is_same_dose) AS same_dose_ids,
                array_agg(d.dose_id) FILTER (WHERE d.is_same_day) AS same_day_ids
            FROM batch_entry AS n
            LEFT JOIN LATERAL (
                SELECT
                    r.dose_id,
                    r.upload_id,
                    r.given_on = n.given_on AS is_same_day,
                    r.unit_code = n.unit_code AND r.vaccine = n.vaccine AND r.dose_number = n.dose_number
                    AND r.given_on = n.given_on AS is_own,
                    k.is_equal_but_id AND coalesce(n.record_id = r.record_id, n.record_id IS NULL) AS is_equal,
                    k.is_equal_but_id,
                    r.unit_code <> n.unit_code AND r.vaccine = n.vaccine AND r.dose_number = n.dose_number
                        AS is_same_dose
                FROM registry.dose AS r
                CROSS JOIN
                    LATERAL (
                        -- without id where the row that changed it last had none
                        SELECT
                            r.entry_hash = registry.entry_hash(n.file_hash, r.record_id, n.note)
                            OR r.entry_hash = registry.entry_hash(n.file_hash, NULL, n.note) AS is_equal_but_id
                    ) AS k
                WHERE
                    r.person_id = n.person_id
                    AND r.given_on BETWEEN n.given_on - 2 AND n.given_on + 2
                    AND r.source = 'administered' AND r.voided_at IS NULL AND r.superseded_by IS NULL
            ) AS d ON TRUE
            WHERE n.pass = :pass AND n.turn = :turn AND n.outcome IS NULL
            GROUP BY n.seq
        ) AS o
        -- What a dose of the person once was, under whatever id: many units number each list anew.
        LEFT JOIN LATERAL (
            SELECT
                max(s.dose_id) FILTER (WHERE s.voided_at IS NULL) AS dose_id,
                array_agg(DISTINCT s.dose_id) FILTER (WHERE s.voided_at IS NOT NULL AND NOT o.is_explicit)
                    AS voided_ids,
                coalesce(
                    bool_or(s.voided_at IS NULL AND h.entry_hash = registry.entry_hash(o.file_hash, NULL, o.note)),
                    FALSE
                ) AS is_without_id
            FROM registry.dose AS s
            INNER JOIN registry.dose_history AS h ON s.dose_id = h.dose_id
            WHERE
                EXISTS (SELECT 1 FROM registry.dose_history)
                AND s.person_id = o.person_id AND s.unit_code = o.unit_code AND s.source = 'administered'
                AND s.dose_id = coalesce(o.recorded_id, s.dose_id)
                AND (
                    h.entry_hash IN (
                        registry.entry_hash(o.file_hash, coalesce(o.record_id, h.dose ->> 'record_id'), o.note),
                        registry.entry_hash(o.file_hash, NULL, o.note)
                    )
                    -- a record of which nothing but the id has changed takes the new one
                    OR h.entry_hash = registry.entry_hash(o.file_hash, h.dose ->> 'record_id', o.note)
                    AND NOT o.is_equal_but_id
                    -- a row that is judged again may have been overtaken by what its unit sent later
                    OR s.dose_id = o.recorded_id AND h.changed_by_upload_id > o.upload_id
                )
        ) AS once ON TRUE
    ) AS w
) AS m
WHERE e.seq = m.seq
