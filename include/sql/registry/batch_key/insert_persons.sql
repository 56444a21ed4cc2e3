-- The numbers of registered persons, as if rows brought them.
INSERT INTO batch_key (sig, kind, value, is_number, trusted, repeated)
SELECT
    i.person_id AS sig,
    i.kind,
    i.value,
    TRUE AS is_number,
    i.trusted,
    FALSE AS repeated
FROM batch_row AS b
INNER JOIN registry.person_identifier AS i ON b.seq = i.person_id
