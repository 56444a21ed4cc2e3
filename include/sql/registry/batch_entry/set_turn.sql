-- Rows of one person within two days of each other meet in the order of the contract, one turn each; a row that
-- repeats an earlier row of its own file takes no turn.
UPDATE batch_entry AS e
SET turn = t.turn, alone = t.alone
FROM (
    SELECT
        i.seq,
        row_number() OVER (PARTITION BY i.person_id, i.island ORDER BY i.seq) AS turn,
        i.person_is_new AND i.rows_of_person = 1 AND NOT i.declares AS alone
    FROM (
        SELECT
            g.*,
            -- islands: a gap of more than two days starts a new one
            sum(CASE WHEN g.gap > 2 THEN 1 ELSE 0 END)
                OVER (PARTITION BY g.person_id ORDER BY g.given_on, g.seq) AS island
        FROM (
            SELECT
                n.seq,
                n.person_id,
                n.given_on,
                -- a person is new to the batch only where no signature found them before
                bool_and(n.person_is_new) OVER (PARTITION BY n.person_id) AS person_is_new,
                count(*) OVER (PARTITION BY n.person_id) AS rows_of_person,
                b.declared_given_on IS NOT NULL AS declares,
                n.given_on - lag(n.given_on) OVER (PARTITION BY n.person_id ORDER BY n.given_on, n.seq) AS gap
            FROM batch_entry AS n
            INNER JOIN batch_row AS b ON n.seq = b.seq
            WHERE n.outcome IS NULL AND n.first_seq = n.seq
        ) AS g
    ) AS i
) AS t
WHERE e.seq = t.seq
