-- By what each row of the batch finds a person or a record.
INSERT INTO batch_tie (seq, kind, value)
SELECT
    b.seq,
    t.kind,
    t.value
FROM batch_row AS b
CROSS JOIN
    LATERAL (
        VALUES
        ('number', b.national_id_kind || ' ' || b.national_id),
        ('number', b.second_national_id_kind || ' ' || b.second_national_id),
        ('number', b.third_national_id_kind || ' ' || b.third_national_id),
        ('number', 'health_insurance ' || b.health_insurance_key),
        ('name', b.name_key || ' ' || extract(YEAR FROM b.birth_date)),
        ('record_id', b.unit_code || ' ' || b.record_id)
    ) AS t (kind, value)
WHERE b.outcome IS NULL AND b.action IN ('new', 'update', 'void') AND t.value IS NOT NULL
UNION ALL
SELECT
    n.seq,
    'entry' AS kind,
    CAST(h.entry_hash AS text) AS value
FROM batch_identity AS n
INNER JOIN batch_row AS b ON n.seq = b.seq
CROSS JOIN
    LATERAL (
        SELECT n.entry_hash
        UNION
        SELECT registry.entry_hash(n.file_hash, NULL, b.note)
    ) AS h
UNION ALL
-- a correction that names no unit may mean one below
SELECT
    b.seq,
    'record_id' AS kind,
    o.unit_code || ' ' || b.record_id AS value
FROM batch_row AS b
INNER JOIN batch_own_unit AS o ON b.sender_unit_code = o.sender_unit_code
WHERE
    b.outcome IS NULL AND b.action IN ('update', 'void') AND b.unit_code_text IS NULL AND b.record_id IS NOT NULL
    AND o.level > 0
