"""The old Vietnamese encodings, byte by byte.

TCVN3 (ABC fonts): one byte a letter, the 67 small letters and seven plain capitals; toned capitals do not exist (they
were a font of their own). VNI: a base letter followed by a byte that carries its marks; some letters have a byte of
their own. Both were drawn by fonts over Windows-1252, so that its punctuation is theirs.
"""

import unicodedata
from collections.abc import Callable
from functools import cache

NAMES = ("windows-1258", "tcvn3", "vni")
FONTS = ("tcvn3", "vni")

_GRAVE, _HOOK, _TILDE, _ACUTE, _DOT, _CIRCUMFLEX, _BREVE = map(chr, (0x300, 0x309, 0x303, 0x301, 0x323, 0x302, 0x306))
TONES = _GRAVE + _HOOK + _TILDE + _ACUTE + _DOT

_TCVN3_LETTERS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
# What a mark byte of VNI adds to the letter before it; a capital's mark stands 32 lower.
_VNI_MARKS = {
    0xF9: _ACUTE, 0xF8: _GRAVE, 0xFB: _HOOK, 0xF5: _TILDE, 0xEF: _DOT,
    0xE2: _CIRCUMFLEX, 0xE1: _CIRCUMFLEX + _ACUTE, 0xE0: _CIRCUMFLEX + _GRAVE, 0xE5: _CIRCUMFLEX + _HOOK,
    0xE3: _CIRCUMFLEX + _TILDE, 0xE4: _CIRCUMFLEX + _DOT,
    0xEA: _BREVE, 0xE9: _BREVE + _ACUTE, 0xE8: _BREVE + _GRAVE, 0xFA: _BREVE + _HOOK, 0xFC: _BREVE + _TILDE,
    0xEB: _BREVE + _DOT,
}  # fmt: skip
_VNI_LETTERS = {0xED: "í", 0xEC: "ì", 0xE6: "ỉ", 0xF3: "ĩ", 0xF2: "ị", 0xEE: "ỵ", 0xF4: "ơ", 0xF6: "ư", 0xF1: "đ"}

# The letters of Vietnamese: twelve vowels under no and five tones, and đ; what ASCII has is left out.
_VOWELS = (unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in ("", *TONES))
SMALL = "".join(vowel for vowel in _VOWELS if not vowel.isascii()) + "đ"
LETTERS = frozenset(SMALL + SMALL.upper())
# Those that Latin-1 lacks. Text typed in an old font has none of them.
LATER_LETTERS = frozenset(letter for letter in LETTERS if letter > "\xff")


def tcvn3() -> dict[int, str]:
    """What each byte of TCVN3 stands for; bytes that stand for nothing are absent."""
    letters = {first + place: letter for first, run in _TCVN3_LETTERS.items() for place, letter in enumerate(run)}
    return _windows_punctuation() | letters


def vni() -> dict[int, str]:
    """What each byte of VNI stands for, marks as combining characters: NFC makes letters of them."""
    small = _VNI_MARKS | _VNI_LETTERS
    signs = {byte: chr(byte) for byte in range(0xA1, 0xC0) if not chr(byte).isalpha()}
    return _windows_punctuation() | signs | small | {byte - 32: text.upper() for byte, text in small.items()}


def encode_tcvn3(text: str) -> bytes:
    """The text in TCVN3; toned capitals become small, as typists of these fonts wrote them."""
    bytes_of = _bytes_of(tcvn3)
    return bytes(bytes_of.get(sign) or bytes_of[sign.lower()] for sign in unicodedata.normalize("NFC", text))


def encode_vni(text: str) -> bytes:
    """The text in VNI. Raises KeyError for what VNI does not have."""
    return b"".join(_vni_bytes(sign) for sign in unicodedata.normalize("NFC", text))


@cache
def _bytes_of(table: Callable[[], dict[int, str]]) -> dict[str, int]:
    return {text: byte for byte, text in table().items()}


@cache
def _vni_bytes(sign: str) -> bytes:
    bytes_of = _bytes_of(vni)
    if sign in bytes_of:
        return bytes([bytes_of[sign]])
    marks = unicodedata.normalize("NFD", sign)
    # ơ and ư have bytes of their own, which take the tones; ê and â do not.
    base = "".join(mark for mark in marks if mark not in TONES)
    composed = unicodedata.normalize("NFC", base)
    if composed not in bytes_of:
        composed = base[0]
    mark = "".join(mark for mark in marks[1:] if composed == base[0] or mark in TONES)
    ordered = "".join(sorted(mark, key=TONES.__contains__))
    return bytes([bytes_of[composed], _byte_of_mark(ordered, sign.isupper())])


def _byte_of_mark(mark: str, is_capital: bool) -> int:
    """The byte of VNI that adds these combining characters."""
    [byte] = [byte for byte, text in _VNI_MARKS.items() if text == mark]
    return byte - 32 if is_capital else byte


def _windows_punctuation() -> dict[int, str]:
    """ASCII, and the signs of Windows-1252 that are no letters and have a place in all of them."""
    ascii_bytes = {byte: chr(byte) for byte in range(128)}
    signs = (0x80, 0x82, *range(0x84, 0x88), 0x89, 0x8B, *range(0x91, 0x98), 0x99, 0x9B, 0xA0)
    return ascii_bytes | {byte: bytes([byte]).decode("cp1252") for byte in signs}
