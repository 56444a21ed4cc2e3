"""Identity and health insurance numbers: which form a number has, and the repairs that lose nothing.

Sources: rules national_id.* and health_insurance_no.*; Thông tư 59/2021/TT-BCA for the parts of a CCCD.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# What needs no repair.
_PLAIN_NATIONAL_ID = r"^(?:[0-9]{12}|[0-9]{9}|[A-Z][0-9]{7,8})$"
_PLAIN_INSURANCE = r"^(?:[A-Z]{2}[1-5][0-9]{2}[0-9]{10}|[0-9]{10})$"
INSURANCE_KEY_DIGITS = 10
_KIND_OF_LENGTH = {12: "cccd", 9: "cmnd"}

_PASSPORT = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{5,9}", re.ASCII)
_INSURANCE = re.compile(_PLAIN_INSURANCE, re.ASCII)
_FLOAT = re.compile(r"([0-9]+)[.,]0+", re.ASCII)
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})", re.ASCII)
_MARKS = re.compile(r"['’‘`´ .]")


@dataclass(frozen=True)
class Identifier:
    """A number in its right form. `repaired`: it took more than trimming and upper case."""

    value: str
    kind: str
    repaired: bool


def read_national_id(text: str, sex: str | None, birth_date: date | None) -> Identifier | None:
    """A CCCD (12 digits), a CMND (9 digits) or a passport number; None where the text is none of them.

    11 digits get their leading zero back only if they then agree with the sex and year of birth; 8 digits are a CMND
    without its zero. A passport number has a digit: a word such as 'khong' is none.
    """
    number = bare_number(text)
    if number is None:
        return None
    length = len(number) if number.isdigit() else 0
    if length == 8 or (length == 11 and agrees("0" + number, sex, birth_date)):
        return Identifier("0" + number, _KIND_OF_LENGTH[length + 1], True)
    kind = _KIND_OF_LENGTH.get(length) or ("passport" if _PASSPORT.fullmatch(number) else None)
    return Identifier(number, kind, number != text.upper()) if kind else None


def read_insurance_no(text: str) -> Identifier | None:
    """A health insurance number of 15 characters or 10 digits; 9 digits have lost their zero. None if it is neither."""
    number = bare_number(text)
    if number is None:
        return None
    if len(number) == INSURANCE_KEY_DIGITS - 1 and number.isdigit():
        return Identifier("0" + number, "health_insurance", True)
    if not _INSURANCE.fullmatch(number):
        return None
    return Identifier(number, "health_insurance", number != text.upper())


def bare_number(text: str) -> str | None:
    """Upper case without apostrophes, spaces, dots and float form; None for a rounded scientific form.

    '7.90012E+10' has lost its last digits; '7.9001234567E+10' has them all.
    """
    if not text.isascii():
        text = text.replace("’", "'").replace("‘", "'").replace("´", "'")
    text = text.strip("' ").upper()
    if found := _FLOAT.fullmatch(text):
        return found[1]
    if found := _SCIENTIFIC.fullmatch(text):
        digits = found[1] + (found[2] or "")
        return digits if found[2] and len(digits) == int(found[3]) + 1 else None
    number = _MARKS.sub("", text)
    return number if number.isascii() and number.isalnum() else None


def agrees(cccd: str, sex: str | None, birth_date: date | None) -> bool:
    """Whether a CCCD's fourth digit fits sex and century, and its fifth and sixth the year of birth."""
    if sex is None or birth_date is None:
        return False
    century_and_sex = (birth_date.year // 100 - 19) * 2 + (sex == "female")
    return cccd[3] == str(century_and_sex) and cccd[4:6] == f"{birth_date.year % 100:02d}"


def national_ids(texts: "pa.Array", sexes: "pa.Array", birth_dates: "pa.Array") -> "dict[str, pa.Array]":
    """Columns `value`, `kind` and `repaired` of a column of identity numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if texts.null_count == len(texts):
        return {"value": texts, "kind": texts, "repaired": pa.repeat(False, len(texts))}
    plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN_NATIONAL_ID), True)
    length = pc.binary_length(texts)
    digits = pc.match_substring_regex(texts, "^[0-9]")
    kind = pc.if_else(digits, pc.if_else(pc.equal(length, 12), "cccd", "cmnd"), "passport")
    odd = pc.invert(plain)
    columns = (texts.filter(odd), sexes.filter(odd), birth_dates.filter(odd))
    read = [read_national_id(*cells) for cells in zip(*(column.to_pylist() for column in columns), strict=True)]
    return _with_repairs(texts, kind, odd, read)


def insurance_nos(texts: "pa.Array") -> "dict[str, pa.Array]":
    """Columns `value`, `kind` and `repaired` of a column of health insurance numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = pc.invert(pc.fill_null(pc.match_substring_regex(texts, _PLAIN_INSURANCE), True))
    read = [read_insurance_no(text) for text in texts.filter(odd).to_pylist()]
    return _with_repairs(texts, pa.nulls(len(texts), pa.string()), odd, read)


def _with_repairs(
    texts: "pa.Array", kinds: "pa.Array", odd: "pa.Array", read: list[Identifier | None]
) -> "dict[str, pa.Array]":
    """Plain numbers as they stand, and in place of the odd ones what they were read as."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def put(column: "pa.Array", values: list) -> "pa.Array":
        return pc.replace_with_mask(column, odd, pa.array(values, column.type)) if values else column

    return {
        "value": put(texts, [found and found.value for found in read]),
        "kind": put(kinds, [found and found.kind for found in read]),
        "repaired": put(pa.repeat(False, len(texts)), [bool(found and found.repaired) for found in read]),
    }
