-- Whether a name is spelt with diacritics: letters of its alphabet that are not of ASCII are vowels with marks, and Đ.
CREATE FUNCTION registry.has_diacritics(spelling text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(spelling) > length(spelling);
