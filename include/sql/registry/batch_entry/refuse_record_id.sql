-- Record ids of new rows that belong to a dose of another person: the row goes without. An id belongs to whose dose in
-- effect has it or ever had it, or whose held row waits with it (not to one held because nobody knows whose it is, nor
-- to a copy within its file); else to the first of the pass to bring it.
WITH brought AS (
    SELECT
        e.seq,
        e.upload_id,
        e.row_number,
        e.unit_code,
        e.record_id,
        e.person_id,
        min(e.person_id) OVER of_id <> max(e.person_id) OVER of_id AS is_contested,
        first_value(e.person_id) OVER of_id AS first_person_id
    FROM batch_entry AS e
    WHERE
        e.pass = :pass AND e.action = 'new' AND e.record_id IS NOT NULL AND e.person_id IS NOT NULL
        AND e.turn IS NOT NULL
    WINDOW of_id AS (
        PARTITION BY e.unit_code, e.record_id ORDER BY e.seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

owned AS (
    -- id by id (ORDER BY), hence by index, however many doses there are
    SELECT
        b.unit_code,
        b.record_id,
        d.person_id
    FROM (SELECT DISTINCT n.unit_code, n.record_id FROM brought AS n) AS b
    CROSS JOIN
        LATERAL (
            SELECT o.person_id
            FROM registry.dose AS o
            WHERE
                o.unit_code = b.unit_code AND o.record_id = b.record_id
                AND o.source = 'administered' AND o.voided_at IS NULL
            ORDER BY o.dose_id
        ) AS d
    UNION
    SELECT
        h.dose ->> 'unit_code' AS unit_code,
        h.dose ->> 'record_id' AS record_id,
        d.person_id
    FROM registry.dose_history AS h
    INNER JOIN registry.dose AS d ON h.dose_id = d.dose_id
    WHERE
        (h.dose ->> 'unit_code', h.dose ->> 'record_id') IN (SELECT b.unit_code, b.record_id FROM brought AS b)
        AND d.source = 'administered' AND d.voided_at IS NULL
    UNION
    SELECT
        w.unit_code,
        w.canonical ->> 'record_id' AS record_id,
        v.candidate_person_ids[1] AS person_id
    FROM registry.review AS v
    INNER JOIN intake.row AS w ON v.upload_id = w.upload_id AND v.row_number = w.row_number
    WHERE
        v.status = 'open' AND v.rule NOT IN ('record.identity_conflict', 'record.possible_match')
        AND v.target_dose_id IS NULL
        AND (w.unit_code, w.canonical ->> 'record_id') IN (SELECT b.unit_code, b.record_id FROM brought AS b)
        AND (w.upload_id, w.row_number) NOT IN (SELECT c.upload_id, c.row_number FROM batch_closed AS c)
        AND (w.upload_id, w.row_number) NOT IN (SELECT s.upload_id, s.row_number FROM brought AS s)
        AND NOT EXISTS (
            SELECT 1
            FROM intake.row_issue AS i
            WHERE
                i.upload_id = w.upload_id AND i.row_number = w.row_number
                AND i.rule IN ('record.record_id_reused', 'record.duplicate_in_file')
        )
    UNION
    SELECT
        e.unit_code,
        e.record_id,
        e.person_id
    FROM batch_entry AS e
    WHERE
        e.pass < :pass AND e.action = 'new' AND e.outcome = 'held' AND e.first_seq = e.seq
        AND e.person_id IS NOT NULL
        AND (e.unit_code, e.record_id) IN (SELECT b.unit_code, b.record_id FROM brought AS b)
        AND (e.upload_id, e.row_number) NOT IN (SELECT c.upload_id, c.row_number FROM batch_closed AS c)
),

owner AS (
    SELECT
        o.unit_code,
        o.record_id,
        array_agg(o.person_id) AS person_ids
    FROM owned AS o
    GROUP BY o.unit_code, o.record_id
)

UPDATE batch_entry AS e
SET
    record_id = NULL,
    reuses_record_id = TRUE,
    entry_hash = registry.entry_hash(e.file_hash, NULL, e.note)
FROM brought AS b
LEFT JOIN owner AS o ON b.unit_code = o.unit_code AND b.record_id = o.record_id
WHERE
    e.seq = b.seq
    AND CASE
        WHEN o.record_id IS NULL THEN b.is_contested AND b.person_id <> b.first_person_id
        ELSE NOT b.person_id = ANY(o.person_ids)
    END
