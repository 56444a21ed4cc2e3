"""Vietnamese phone numbers in national form."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from vaxtally.intake.canonical.identifiers import bare_number

if TYPE_CHECKING:
    import pyarrow as pa

# Mobile numbers in today's form: Quyết định 22/2014/TT-BTTTT, as changed in 2018. Everything else asks phonenumbers.
_PLAIN = r"^0(?:3[0-9]|5[1689]|7[06-9]|8[1-8]|9[0-8])[0-9]{7}$"
# The renumbering of 15 September to 14 November 2018 (Bộ Thông tin và Truyền thông): old prefix of 11 digits, new one.
RENUMBERED_IN_2018 = {
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0162": "032",
    "0163": "033",
    "0164": "034",
    "0165": "035",
    "0166": "036",
    "0167": "037",
    "0168": "038",
    "0169": "039",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
_OLD_MOBILE_DIGITS = 11
_SEVERAL = re.compile(r"[/;,|\n]|\s+-\s+|\b(?:hoặc|hoac|và|va|or)\b", re.IGNORECASE)
# A number beside words: '0903123456 (mẹ)'. Letters within the digits leave it none.
_AMONG_WORDS = re.compile(r"(?<!\w)\+?[0-9][0-9\s.()-]{6,}[0-9](?!\w)")
_MARKS = re.compile(r"[-\s.()'’‘]")
_FLOAT = re.compile(r"[0-9]{8,}[.,]0+|[0-9][.,][0-9]+[eE]\+?[0-9]{1,2}", re.ASCII)
_COUNTRY = re.compile(r"^(?:\+84|0084|84(?=[0-9]{9,10}$))0?")


@dataclass(frozen=True)
class Phone:
    """A valid number as it is dialled within the country. `repaired`: see rule phone.repaired."""

    value: str
    repaired: bool


@lru_cache(maxsize=1 << 16)
def read_phone(text: str) -> Phone | None:
    """The first valid number of a cell; None where there is none."""
    parts = [text] if _FLOAT.fullmatch(text.strip(" '")) else [part for part in _SEVERAL.split(text) if part.strip()]
    for part in parts or ():
        if phone := _one(part):
            return Phone(phone.value, phone.repaired or len(parts) > 1)
    # '0903 - 123 - 456' is one number.
    if len(parts) > 1 and (phone := _one(text)):
        return phone
    if _FLOAT.search(text):
        return None
    among_words = (_one(number) for number in _AMONG_WORDS.findall(text))
    return next((Phone(phone.value, True) for phone in among_words if phone), None)


def phones(texts: "pa.Array") -> "tuple[pa.Array, pa.Array]":
    """Columns `phone` and `phone_repaired` of a column of phone cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = pc.invert(pc.fill_null(pc.match_substring_regex(texts, _PLAIN), True))
    repaired = pa.repeat(False, len(texts))
    read = [read_phone(text) for text in texts.filter(odd).to_pylist()]
    if not read:
        return texts, repaired
    values = pa.array([phone and phone.value for phone in read], pa.string())
    flags = pa.array([bool(phone and phone.repaired) for phone in read])
    return pc.replace_with_mask(texts, odd, values), pc.replace_with_mask(repaired, odd, flags)


def _one(text: str) -> Phone | None:
    text = text.strip(" '")
    # A float form with every digit present: '903123456.0', '9.03123456E+08'.
    as_float = _FLOAT.fullmatch(text)
    text = (bare_number(text) or text) if as_float else text
    digits = _MARKS.sub("", text)
    national = _COUNTRY.sub("0", digits)
    if not (national.isascii() and national.isdigit()):
        return None
    # A spreadsheet took the zero of a mobile number (9 digits), of a landline or an old mobile number (10).
    if re.fullmatch(r"[1-9][0-9]{8}|[12][0-9]{9}", national):
        national = "0" + national
    if len(national) == _OLD_MOBILE_DIGITS and national[:4] in RENUMBERED_IN_2018:
        national = RENUMBERED_IN_2018[national[:4]] + national[4:]
    return Phone(national, bool(as_float) or national != digits) if _is_valid(national) else None


def _is_valid(national: str) -> bool:
    import phonenumbers

    if not national.startswith("0") or len(national) not in (10, 11):
        return False
    number = phonenumbers.PhoneNumber(country_code=84, national_number=int(national))
    # Numbers of services (1900…) belong to nobody.
    kinds = phonenumbers.PhoneNumberType
    return phonenumbers.number_type(number) in (kinds.MOBILE, kinds.FIXED_LINE, kinds.FIXED_LINE_OR_MOBILE)
