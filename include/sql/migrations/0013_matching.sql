-- Likeness: whom a row may be about where no key says so, why it was taken for somebody, and what that was weighed by.
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;

-- Weights of evidence in bits (log2 of how much likelier it is of one person than of two), by what is compared and how
-- far it agrees; and the two thresholds. From include/reference/match_weights.csv.
CREATE TABLE reference.match_weight (
    field text NOT NULL,
    level text NOT NULL,
    bits real NOT NULL,
    PRIMARY KEY (field, level)
);

-- Shares of the parts of names: family (first word), middle, given (last word); lower case, no diacritics. `*`: any
-- other.
CREATE TABLE reference.name_frequency (
    part text NOT NULL CHECK (part IN ('family', 'middle', 'given')),
    name text NOT NULL,
    share double precision NOT NULL CHECK (share > 0 AND share <= 1),
    PRIMARY KEY (part, name)
);

-- The words of a name in whatever order, as a number; names of more than six words by their first six.
CREATE FUNCTION registry.name_block(name_key text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN int8xor(
    int8xor(
        int8xor(hashtextextended(split_part(name_key, ' ', 1), 0), hashtextextended(split_part(name_key, ' ', 2), 0)),
        int8xor(hashtextextended(split_part(name_key, ' ', 3), 0), hashtextextended(split_part(name_key, ' ', 4), 0))
    ),
    int8xor(hashtextextended(split_part(name_key, ' ', 5), 0), hashtextextended(split_part(name_key, ' ', 6), 0))
);

-- Family and given name in either order, with the whole birth date.
CREATE FUNCTION registry.ends_birth_block(name_key text, birth_date date) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashint8extended(
    int8xor(hashtextextended(split_part(name_key, ' ', 1), 0), hashtextextended(split_part(name_key, ' ', -1), 0)),
    birth_date - DATE '1900-01-01'
);

-- The words of a name with day and month, in whatever year.
CREATE FUNCTION registry.name_day_block(name_block bigint, birth_date date) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashint8extended(
    name_block, CAST(extract(MONTH FROM birth_date) * 100 + extract(DAY FROM birth_date) AS bigint)
);

-- The diacritics of the given name (last word), on whichever of its vowels they stand: those that make another letter,
-- then the tone. Null where it has none, be it that they were left out.
CREATE FUNCTION registry.given_marks(full_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN octet_length(split_part(full_name, ' ', -1)) > length(split_part(full_name, ' ', -1))
        THEN nullif(
            translate(
                lower(normalize(split_part(full_name, ' ', -1), nfd)),
                E'\u0110abcdefghijklmnopqrstuvwxyz-.\u0300\u0301\u0303\u0309\u0323', E'\u0111'
            )
            || translate(
                lower(normalize(split_part(full_name, ' ', -1), nfd)),
                E'\u0110\u0111abcdefghijklmnopqrstuvwxyz-.\u0302\u0306\u031b', ''
            ),
            ''
        )
END;

ALTER TABLE registry.person
ADD COLUMN name_block bigint NOT NULL GENERATED ALWAYS AS (registry.name_block(name_key)) STORED,
-- the first diacritics that the given name was sent with: Hùng is not Hưng, Hung may be either
ADD COLUMN given_marks text,
-- where the person lived as first sent: what likeness is weighed by, since it does not change with the order of files
ADD COLUMN home_district text,
ADD COLUMN home_ward text,
ADD COLUMN home_address text,
-- a row without number and phone founded the person: name, birth date, sex and place find it again
ADD COLUMN found_by_place boolean NOT NULL DEFAULT FALSE;
UPDATE registry.person AS p
SET
    given_marks = registry.given_marks(p.full_name),
    home_district = p.district_code,
    home_ward = lower(p.ward),
    home_address = lower(p.address),
    found_by_place
    = p.phones = '{}' AND NOT EXISTS (SELECT 1 FROM registry.person_identifier AS i WHERE i.person_id = p.person_id);

-- Blocks: the words of the name with a birth date, or days of one year; with day and month in another year; family and
-- given name with the whole birth date.
DROP INDEX registry.person_name_birth;
CREATE INDEX person_name_birth ON registry.person (name_block, birth_date);
CREATE INDEX person_name_day ON registry.person (registry.name_day_block(name_block, birth_date));
CREATE INDEX person_ends_birth ON registry.person (registry.ends_birth_block(name_key, birth_date));

-- Every phone that a person was ever sent with, under whatever name.
CREATE TABLE registry.person_phone (
    phone text NOT NULL,
    person_id bigint NOT NULL REFERENCES registry.person (person_id) ON DELETE CASCADE,
    -- the first that brought it
    upload_id bigint NOT NULL,
    PRIMARY KEY (phone, person_id)
);
INSERT INTO registry.person_phone (phone, person_id, upload_id)
SELECT DISTINCT
    f.phone,
    p.person_id,
    p.created_by_upload_id
FROM registry.person AS p
CROSS JOIN unnest(p.phones || p.phone) AS f (phone)
WHERE f.phone IS NOT NULL;
CREATE INDEX person_phone_person ON registry.person_phone (person_id);

-- Whom a held row may be about, by likeness: with the persons of its keys (score null) in
-- registry.review.candidate_person_ids.
CREATE TABLE registry.review_candidate (
    review_id bigint NOT NULL REFERENCES registry.review (review_id) ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES registry.person (person_id) ON DELETE CASCADE,
    score real NOT NULL,
    levels jsonb NOT NULL,
    PRIMARY KEY (review_id, person_id)
);
CREATE INDEX review_candidate_person ON registry.review_candidate (person_id);
COMMENT ON TABLE registry.review_candidate IS
'The persons that a row held as record.possible_match may be about, one line each; the row stands in review.';
COMMENT ON COLUMN registry.review_candidate.score IS
'Bits (log2 odds) that it is the same person: the prior and the bits of every field of reference.match_weight.
At or above its threshold `same` it is certain, unless another candidate comes near; at or above `possible`, held.';
COMMENT ON COLUMN registry.review_candidate.levels IS
'How far each field agrees, in the levels of reference.match_weight, as in
{"family": "equal", "middle": "missing", "given": "near", "order": "same", "birth": "swapped", "sex": "equal",
"number": "near", "phone": "equal", "place": "ward"}. Family, middle and given names that are equal weigh by their
rarity (reference.name_frequency).';

-- Who rows with these particulars were decided to be where no key says so.
CREATE TABLE registry.match_decision (
    -- batch_identity.identity_hash: MD5 over the fields that say who it is
    identity_hash uuid NOT NULL,
    person_id bigint NOT NULL REFERENCES registry.person (person_id) ON DELETE CASCADE,
    is_same boolean NOT NULL DEFAULT TRUE,
    upload_id bigint NOT NULL,
    row_number integer NOT NULL,
    score real,
    levels jsonb,
    decided_by text NOT NULL DEFAULT 'matching',
    decided_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (identity_hash, person_id)
);
CREATE INDEX match_decision_person ON registry.match_decision (person_id);
COMMENT ON TABLE registry.match_decision IS
'Why a row without a deciding key was taken for a person (is_same), or must not be (NOT is_same: a reviewer said so).
Rows with the same identity_hash, sent again, follow it: is_same leads there, after numbers and before name and phone;
NOT is_same takes the person out of the candidates. An un-merge turns is_same to FALSE.';
COMMENT ON COLUMN registry.match_decision.upload_id IS 'With row_number: the first row decided so.';
COMMENT ON COLUMN registry.match_decision.score IS 'As review_candidate.score; null where a reviewer decided.';
COMMENT ON COLUMN registry.match_decision.levels IS 'As review_candidate.levels.';
COMMENT ON COLUMN registry.match_decision.decided_by IS '`matching`, or the reviewer.';

-- Two texts of which one may be the other mistyped: one letter off, or two of some length; never equal ones.
CREATE FUNCTION registry.is_near_word(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN a <> b AND levenshtein_less_equal(left(a, 100), left(b, 100), 2)
<= CASE WHEN least(length(a), length(b)) < 6 THEN 1 ELSE 2 END;

-- Two numbers of which one may be the other mistyped: one sign off, or two neighbours transposed.
CREATE FUNCTION registry.is_near_number(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN levenshtein_less_equal(a, b, 2) > 2 THEN FALSE
    WHEN levenshtein_less_equal(a, b, 1) <= 1 THEN a <> b
    ELSE EXISTS (
        SELECT 1
        FROM generate_series(1, length(a) - 1) AS at (place)
        WHERE left(a, at.place - 1) || reverse(substr(a, at.place, 2)) || substr(a, at.place + 2) = b
    )
END;
