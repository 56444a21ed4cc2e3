-- More ways to somebody whose name was mistyped: by the day of birth with one word of the name, or with the ward.
CREATE FUNCTION registry.word_birth_block(word text, birth_date date) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(word, birth_date - DATE '1900-01-01');

CREATE FUNCTION registry.home_birth_block(district text, ward text, birth_date date) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(district || '|' || ward, birth_date - DATE '1900-01-01');

-- On 1 January most are born of whom only the year was known: as a day it finds too many.
CREATE INDEX person_given_birth ON registry.person (
    registry.word_birth_block(split_part(name_key, ' ', -1), birth_date)
)
WHERE extract(DOY FROM birth_date) <> 1;
CREATE INDEX person_family_birth ON registry.person (
    registry.word_birth_block(split_part(name_key, ' ', 1), birth_date)
)
WHERE extract(DOY FROM birth_date) <> 1;
CREATE INDEX person_home_birth ON registry.person (registry.home_birth_block(home_district, home_ward, birth_date))
WHERE home_ward IS NOT NULL AND extract(DOY FROM birth_date) <> 1;

-- Two addresses of which one may be the other mistyped: of the same house number.
CREATE FUNCTION registry.is_near_address(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(a, '\D', '', 'g') = regexp_replace(b, '\D', '', 'g') AND registry.is_near_word(a, b);

-- Two names that have nothing in common: neither family nor given name is the same or nearly so, nor the other way
-- round. Of twins on one number this says nothing: they share the family name.
CREATE FUNCTION registry.is_other_name(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN a <> b AND NOT EXISTS (
    SELECT 1
    FROM (VALUES (split_part(a, ' ', 1)), (split_part(a, ' ', -1))) AS x (word)
    CROSS JOIN (VALUES (split_part(b, ' ', 1)), (split_part(b, ' ', -1))) AS y (word)
    WHERE x.word = y.word OR registry.is_near_word(x.word, y.word)
);
