-- The new rows of a pass with their persons, and when each is decided: rows of one person within two days of each other
-- in the order of the contract, one turn each; a row that repeats an earlier row of its file has no turn, nor has a
-- held person's.
INSERT INTO batch_entry (
    seq,
    sig,
    action,
    upload_id,
    row_number,
    unit_code,
    vaccine,
    dose_number,
    given_on,
    is_explicit,
    record_id,
    note,
    file_hash,
    entry_hash, first_seq, pass, remark_pass, turn, person_id, alone, outcome, rule
)
SELECT
    i.seq,
    i.sig,
    'new' AS action,
    i.upload_id,
    i.row_number,
    i.unit_code,
    i.vaccine,
    i.dose_number,
    i.given_on,
    i.is_explicit,
    i.record_id,
    i.note,
    i.file_hash,
    i.entry_hash,
    i.first_seq,
    i.pass,
    i.remark_pass,
    CASE
        WHEN i.takes_turn THEN row_number() OVER (PARTITION BY i.person_id, i.takes_turn, i.island ORDER BY i.seq)
    END AS turn,
    i.person_id,
    i.alone,
    CASE WHEN i.state = 'held' THEN 'held' WHEN i.alone THEN 'loaded' END AS outcome,
    CASE WHEN i.state = 'held' THEN i.hold_rule END AS rule
FROM (
    SELECT
        g.*,
        -- islands: a gap of more than two days starts a new one
        sum(CASE WHEN g.gap > 2 THEN 1 ELSE 0 END)
            OVER (PARTITION BY g.person_id, g.takes_turn ORDER BY g.given_on, g.seq) AS island,
        g.takes_turn AND g.person_is_new AND g.rows_of_person = 1 AND NOT g.declares AS alone
    FROM (
        SELECT
            n.seq,
            n.sig,
            n.file_hash,
            n.entry_hash,
            n.first_seq,
            n.pass,
            n.remark_pass,
            b.action_text IS NOT NULL
            OR b.seq IN (SELECT r.seq FROM batch_ruling AS r WHERE r.is_explicit) AS is_explicit,
            b.record_id,
            b.note,
            b.upload_id,
            b.row_number,
            b.unit_code,
            b.vaccine,
            b.dose_number,
            b.given_on,
            s.state,
            s.hold_rule,
            s.person_id,
            s.state <> 'held' AND n.first_seq = n.seq AS takes_turn,
            -- to the batch only where no signature found the person before
            bool_and(s.state = 'new') OVER (PARTITION BY s.person_id) AS person_is_new,
            count(*) OVER (PARTITION BY s.person_id) AS rows_of_person,
            b.declared_given_on IS NOT NULL AS declares,
            b.given_on - lag(b.given_on) OVER (
                PARTITION BY s.person_id, s.state <> 'held' AND n.first_seq = n.seq ORDER BY b.given_on, n.seq
            ) AS gap
        FROM batch_identity AS n
        INNER JOIN batch_row AS b ON n.seq = b.seq
        INNER JOIN batch_signature AS s ON n.sig = s.sig
        WHERE n.pass = :pass AND b.action = 'new'
    ) AS g
) AS i
