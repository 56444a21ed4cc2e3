-- Rows of a pass that are known without asking who it is. Equal to an earlier row of the file, decided in an earlier
-- pass, whose dose is in effect or which is still held: they share its fate. Equal to what a dose of the unit once was:
-- where it is in effect, the later state stands; where it was withdrawn, the row waits, unless the dose was entered
-- again (then it is met like any other), or the row says new in so many words. Copies go with them.
INSERT INTO batch_entry (
    seq, sig, action, upload_id, row_number, unit_code, vaccine, dose_number, given_on, is_explicit, record_id, note,
    file_hash, entry_hash, first_seq, pass, remark_pass, person_id, alone, outcome, rule, own_dose_id, met_dose_ids
)
WITH first_row AS (
    SELECT n.*
    FROM batch_identity AS n
    INNER JOIN batch_row AS b ON n.seq = b.seq
    WHERE n.pass = :pass AND n.first_seq = n.seq AND b.action = 'new'
),

copied AS (
    SELECT
        n.seq,
        max(e.seq) AS first_seq
    FROM first_row AS n
    INNER JOIN batch_row AS b ON n.seq = b.seq
    INNER JOIN batch_entry AS e
        ON
            n.file_hash = e.file_hash AND b.upload_id = e.upload_id
            AND e.first_seq = e.seq AND n.pass > e.pass AND e.action = 'new'
    GROUP BY n.seq
),

standing AS (
    SELECT
        c.seq,
        c.first_seq,
        f.sig,
        f.person_id
    FROM copied AS c
    INNER JOIN batch_entry AS f ON c.first_seq = f.seq
    LEFT JOIN registry.dose AS d ON f.own_dose_id = d.dose_id
    WHERE CASE
        WHEN f.outcome = 'held'
            THEN (f.upload_id, f.row_number) NOT IN (SELECT x.upload_id, x.row_number FROM batch_closed AS x)
        ELSE d.voided_at IS NULL
    END
),

keyed AS (
    SELECT
        n.seq,
        n.entry_hash,
        n.file_hash,
        b.record_id,
        b.note,
        b.action_text IS NOT NULL
        OR b.seq IN (SELECT r.seq FROM batch_ruling AS r WHERE r.is_explicit) AS is_explicit
    FROM first_row AS n
    INNER JOIN batch_row AS b ON n.seq = b.seq
    -- as long as no dose has changed there is nothing to recall, and no hash to make
    WHERE EXISTS (SELECT 1 FROM registry.dose_history)
    UNION ALL
    -- the record id was somebody else's and the dose went without
    SELECT
        n.seq,
        registry.entry_hash(n.file_hash, NULL, b.note) AS entry_hash,
        n.file_hash,
        b.record_id,
        b.note,
        b.action_text IS NOT NULL
        OR b.seq IN (SELECT r.seq FROM batch_ruling AS r WHERE r.is_explicit) AS is_explicit
    FROM first_row AS n
    INNER JOIN batch_row AS b ON n.seq = b.seq
    WHERE b.record_id IS NOT NULL AND EXISTS (SELECT 1 FROM registry.dose_history)
),

-- withdrawn, and entered again since, perhaps changed then, or by an earlier file of the pass, under whatever id: it
-- is met as a dose
entered_again AS (
    SELECT n.seq
    FROM keyed AS n
    INNER JOIN registry.dose_history AS h ON n.entry_hash = h.entry_hash
    INNER JOIN registry.dose AS d ON h.dose_id = d.dose_id
    INNER JOIN registry.dose AS a
        ON
            d.person_id = a.person_id AND d.unit_code = a.unit_code
            AND a.voided_at IS NULL AND a.source = 'administered'
    -- as it is and as it once was
    CROSS JOIN
        LATERAL (
            SELECT
                a.record_id,
                a.entry_hash
            UNION ALL
            SELECT
                o.dose ->> 'record_id' AS record_id,
                o.entry_hash
            FROM registry.dose_history AS o
            WHERE o.dose_id = a.dose_id
        ) AS s
    WHERE
        d.source = 'administered' AND d.voided_at IS NOT NULL
        -- without id where the row that changed it last had none
        AND s.entry_hash IN (
            registry.entry_hash(n.file_hash, s.record_id, n.note), registry.entry_hash(n.file_hash, NULL, n.note)
        )
    UNION
    SELECT n.seq
    FROM keyed AS n
    INNER JOIN keyed AS k ON n.file_hash = k.file_hash AND n.note IS NOT DISTINCT FROM k.note AND n.seq > k.seq
    WHERE k.is_explicit
),

recalled AS (
    SELECT DISTINCT ON (n.seq)
        n.seq,
        d.person_id,
        CASE WHEN d.voided_at IS NULL THEN 'duplicate' ELSE 'held' END AS outcome,
        CASE
            WHEN d.voided_at IS NOT NULL THEN 'record.voided_before'
            -- as meet has it: a row without record id is compared as if it had the dose's
            WHEN
                n.record_id <> coalesce(d.record_id, '')
                OR d.entry_hash NOT IN (
                    registry.entry_hash(n.file_hash, d.record_id, n.note),
                    registry.entry_hash(n.file_hash, NULL, n.note)
                )
                THEN 'record.stale'
            ELSE 'record.duplicate'
        END AS rule,
        CASE WHEN d.voided_at IS NULL THEN d.dose_id END AS own_dose_id,
        CASE WHEN d.voided_at IS NOT NULL THEN ARRAY[d.dose_id] END AS met_dose_ids
    FROM keyed AS n
    INNER JOIN registry.dose_history AS h ON n.entry_hash = h.entry_hash
    INNER JOIN registry.dose AS d ON h.dose_id = d.dose_id
    WHERE
        d.source = 'administered'
        AND (
            d.voided_at IS NULL
            OR NOT n.is_explicit AND n.seq NOT IN (SELECT a.seq FROM entered_again AS a)
        )
    ORDER BY n.seq, d.voided_at IS NOT NULL, d.dose_id DESC
)

SELECT
    n.seq,
    -- of a held one also whom it met
    coalesce(s.sig, n.sig) AS sig,
    'new' AS action,
    b.upload_id,
    b.row_number,
    b.unit_code,
    b.vaccine,
    b.dose_number,
    b.given_on,
    b.action_text IS NOT NULL
    OR b.seq IN (SELECT l.seq FROM batch_ruling AS l WHERE l.is_explicit) AS is_explicit,
    b.record_id,
    b.note,
    n.file_hash,
    n.entry_hash,
    coalesce(s.first_seq, n.first_seq) AS first_seq,
    n.pass,
    n.remark_pass,
    coalesce(s.person_id, r.person_id) AS person_id,
    FALSE AS alone,
    CASE WHEN s.seq IS NULL AND n.seq = n.first_seq THEN r.outcome END AS outcome,
    CASE WHEN s.seq IS NULL AND n.seq = n.first_seq THEN r.rule END AS rule,
    CASE WHEN s.seq IS NULL AND n.seq = n.first_seq THEN r.own_dose_id END AS own_dose_id,
    CASE WHEN s.seq IS NULL AND n.seq = n.first_seq THEN r.met_dose_ids END AS met_dose_ids
FROM batch_identity AS n
INNER JOIN batch_row AS b ON n.seq = b.seq
LEFT JOIN standing AS s ON n.first_seq = s.seq
LEFT JOIN recalled AS r ON n.first_seq = r.seq
WHERE n.pass = :pass AND b.action = 'new' AND (s.seq IS NOT NULL OR r.seq IS NOT NULL)
