"""The key by which names are compared, for a whole column at once."""

import codecs
import re
import unicodedata
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from vaxtally.text import name_key

if TYPE_CHECKING:
    import pyarrow as pa

_VOWELS = "aăâeêioôơuưy"
# Grave, hook, tilde, acute, dot below.
_TONES = "\u0300\u0309\u0303\u0301\u0323"
# Letters of names of other countries, as many as there is room for beside the Vietnamese ones.
_FOREIGN = "äëïöüÿñçåîûšžÄËÏÖÜÑÇÅÎŠŽ"


def name_keys(names: "pa.Array") -> "pa.Array":
    """vaxtally.text.name_key of each name; null stays null. The names hold no line end."""
    import pyarrow as pa
    import pyarrow.compute as pc

    present = names.drop_null()
    if not len(present):
        return names
    one_list = pa.ListArray.from_arrays(pa.array([0, len(present)], pa.int32()), present)
    lines = str(pc.binary_join(one_list, "\n")[0])
    letters, key_of_letter = _one_byte_letters()
    try:
        encoded, _ = codecs.charmap_encode(lines, "strict", letters)
    except UnicodeEncodeError:
        # Letters of other scripts: one by one.
        return pa.array([name and name_key(name) for name in names.to_pylist()], pa.string())
    keys = pc.split_pattern(pa.array([_single_spaced(encoded.translate(key_of_letter)).decode()]), "\n").values
    return keys if len(keys) == len(names) else pc.replace_with_mask(names, names.is_valid(), keys)


@cache
def _one_byte_letters() -> tuple[Any, bytes]:
    """An encoding of Vietnamese in one byte a letter, as codecs.charmap_encode takes it; and each byte's part of a key.

    Names are in NFC and hold no control characters: their places are taken by letters.
    """
    toned = [unicodedata.normalize("NFC", "".join(pair)) for pair in product(_VOWELS, _TONES)]
    small = [*toned, *(vowel for vowel in _VOWELS if not vowel.isascii()), "đ"]
    letters = [*small, *map(str.upper, small), *_FOREIGN]
    free = [place for place in range(1, 256) if not 0x20 <= place < 0x7F and place != ord("\n")]
    table = {place: chr(place) for place in range(128)} | dict(zip(free, letters, strict=False))
    # U+FFFE is a place without a letter.
    decoding = "".join(table.get(place, "\ufffe") for place in range(256))
    key = bytes(10 if sign == "\n" else ord(name_key(sign) or " ") for sign in decoding)
    return codecs.charmap_build(decoding), key


def _single_spaced(lines: bytes) -> bytes:
    """Words with one space between them, none at the ends of a line."""
    if b"  " in lines:
        lines = re.sub(rb"  +", b" ", lines)
    return lines.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ")
