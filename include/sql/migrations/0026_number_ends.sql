-- Whether somebody of the same name may have the number of a row mistyped, told without reading anybody's numbers: two
-- that are alike have their beginning in common, or their end.

-- How many signs of a number are its beginning: four less than the shortest of its kind has. Of a CCCD the first six
-- say province, sex and year of birth, which namesakes share.
CREATE FUNCTION registry.number_beginning(kind text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind WHEN 'cccd' THEN 8 WHEN 'health_insurance' THEN 6 WHEN 'cmnd' THEN 5 ELSE 4 END;

-- Of a number two bits of 64: one by its beginning, one by its last three signs. One sign off, or two neighbours
-- transposed, leaves one of the two as it was, since a number has at least one sign more than both. Shorter ones have
-- all bits.
CREATE FUNCTION registry.number_ends(kind text, value text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN length(value) < registry.number_beginning(kind) + 4 THEN -1
    ELSE
        (
            CAST(1 AS bigint)
            << CAST(hashtextextended(kind || '<' || left(value, registry.number_beginning(kind)), 0) & 63 AS integer)
        )
        | (CAST(1 AS bigint) << CAST(hashtextextended(kind || '>' || right(value, 3), 0) & 63 AS integer))
END;

-- Of whom nothing is known, everything may be alike.
ALTER TABLE registry.person ADD COLUMN number_ends bigint NOT NULL DEFAULT -1;
UPDATE registry.person AS p
SET
    number_ends = coalesce(
        (
            SELECT bit_or(registry.number_ends(i.kind, i.value))
            FROM registry.person_identifier AS i
            WHERE i.person_id = p.person_id
        ),
        0
    );
COMMENT ON COLUMN registry.person.number_ends IS
'The bits (registry.number_ends) of every number of the person in person_identifier, and perhaps of some that are gone:
if it has none in common with those of a row, no number of the person is equal to one of the row or alike. -1: unknown.';
