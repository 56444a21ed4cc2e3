"""Text typed in an old font: 'NguyÔn V¨n A' in a cell or a UTF-8 file, where the font's bytes became Latin letters.

Unicode Vietnamese has the better claim: where no word would be better Vietnamese as an old font's, nothing is touched.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from vaxtally.intake.read.encodings import evidence, tables
from vaxtally.intake.read.encodings.evidence import LEAST_SHARE, MARGIN, Reading, gain
from vaxtally.intake.read.encodings.syllables import NO_SYLLABLE
from vaxtally.intake.read.source import FileRefusedError

_USUAL_SIGNS = "\xa0°²³·½"
# Evidence for an old font that one rare word does not reach; evidence that no chance explains: some five words.
_LEAST_GAIN = 1.5 * MARGIN
_GREAT_GAIN = 5 * MARGIN


if TYPE_CHECKING:
    import numpy as np

# UTF-8 that was taken for Windows-1252 and written as UTF-8 again: 'Nguyá»…n', 'TrÆ°á»\x9dng'.
_WRITTEN_TWICE = re.compile("[ÃÄÆ][\x80-\xbf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|á[º»]")
_MOST_WRITTEN_TWICE = 1


def has_odd_letters(data: bytes) -> bool:
    """Whether UTF-8 text has letters or pairs of them that may speak for an old font. Fast; a yes is no evidence."""
    import numpy as np

    if data.isascii():
        return False
    signs = np.frombuffer(b" " + data + b" ", dtype=np.uint8)
    # UTF-8 of what Latin-1 has begins with C2 or C3.
    at = np.flatnonzero((signs & 0xFE) == 0xC2)
    lead, odd = signs[at].astype(np.uint16), _odd_pairs()
    return bool(odd[lead << 8 | signs[at + 1]].any() or odd[signs[at - 1].astype(np.uint16) << 8 | lead].any())


@cache
def _odd_pairs() -> "np.ndarray":
    """Which pairs of bytes begin what Vietnamese text does not have, or not there: 'ø', '¨', 'aâ'."""
    import numpy as np

    odd = np.zeros(1 << 16, dtype=bool)
    odd[0xC280:0xC2C0] = odd[0xC380:0xC3C0] = True
    usual = [letter for letter in tables.LETTERS if letter <= "\xff"]
    odd[[int.from_bytes(sign.encode()) for sign in [*usual, *_USUAL_SIGNS]]] = False
    # Two vowels of which only a font's are in this order: 'aê', 'eã', 'oâ'.
    odd[[ord(vowel) << 8 | 0xC3 for vowel in "AEae"]] = True
    return odd


def suffix(words: Mapping[str, int]) -> str:
    """What to add to the name of a Unicode encoding: '' · '+tcvn3' · '+tcvn3?' where only some columns are; so for vni.

    Raises FileRefusedError file.encoding where the words do not say it clearly.
    """
    if sum(bool(_WRITTEN_TWICE.search(word)) for word in words) > _MOST_WRITTEN_TWICE:
        raise FileRefusedError("file.encoding")
    as_is, *as_fonts = evidence.of_text(words)
    best = max(as_fonts, key=lambda reading: gain(reading, as_is))
    won = gain(best, as_is)
    if won < _LEAST_GAIN and not _may_be_name(best, as_is):
        return ""
    [other] = [reading for reading in as_fonts if reading is not best]
    is_clear = won >= _LEAST_GAIN and won - gain(other, as_is) >= MARGIN
    if _explains(best, as_is) and is_clear:
        return f"+{best.name}" + ("?" if gain(as_is, best) else "")
    # Words of another language, of which a few look like an old font's.
    if not _explains(best, as_is) and won < _GREAT_GAIN:
        return ""
    raise FileRefusedError("file.encoding")


def _may_be_name(reading: Reading, as_is: Reading) -> bool:
    """Whether a word that only the reading makes Vietnamese has a capital: 'Buoån' may be somebody, 'où' is not."""
    told = zip(as_is.texts, reading.shares, as_is.shares, strict=True)
    return any(text and text[:1].isupper() and plain <= NO_SYLLABLE < share < 0 for text, share, plain in told)


def _explains(reading: Reading, as_is: Reading) -> bool:
    """Whether most words that are none in Unicode are syllables under the reading."""
    told = [
        share > NO_SYLLABLE for share, plain in zip(reading.shares, as_is.shares, strict=True) if plain <= NO_SYLLABLE
    ]
    return sum(told) >= LEAST_SHARE * len(told)
