"""Text typed in an old font: 'NguyÔn V¨n A' in a cell or a UTF-8 file, where the font's bytes became Latin letters.

Unicode Vietnamese has the better claim: where no word would be better Vietnamese as an old font's, nothing is touched.
"""

import re
from collections.abc import Mapping

from vaxtally.intake.read.encodings import evidence, tables
from vaxtally.intake.read.encodings.evidence import LEAST_SHARE, MARGIN, Reading, gain
from vaxtally.intake.read.encodings.syllables import NO_SYLLABLE
from vaxtally.intake.read.source import FileRefusedError

# UTF-8 of Latin letters and signs that Vietnamese text does not have, or not in this place: 'ø', '¨', 'aâ'.
_SIGNS = tuple(sign.encode() for sign in "\xa0°²³·«»½")
_ODD_LETTER = re.compile(
    rb"\xc3[^" + b"".join(sign.encode()[1:] for sign in sorted(tables.LETTERS) if "\xc0" <= sign <= "\xff") + rb"]"
)
_ODD_PLACE = re.compile(rb"[AEae]\xc3|[Oo]\xc3[\x82\xa2]")
# Evidence for an old font that one rare word does not reach; evidence that no chance explains: some five words.
_LEAST_GAIN = 1.5 * MARGIN
_GREAT_GAIN = 5 * MARGIN


def has_odd_letters(data: bytes) -> bool:
    """Whether UTF-8 text has letters or pairs of them that may speak for an old font. Fast; a yes is no evidence."""
    if data.count(b"\xc2") != sum(map(data.count, _SIGNS)):
        return True
    return bool(_ODD_LETTER.search(data) or _ODD_PLACE.search(data))


def suffix(words: Mapping[str, int]) -> str:
    """What to add to the name of a Unicode encoding: '' · '+tcvn3' · '+tcvn3?' where only some columns are; so for vni.

    Raises FileRefusedError file.encoding where the words do not say it clearly.
    """
    as_is, *as_fonts = evidence.of_text(words)
    best = max(as_fonts, key=lambda reading: gain(reading, as_is))
    won = gain(best, as_is)
    if won < _LEAST_GAIN:
        return ""
    [other] = [reading for reading in as_fonts if reading is not best]
    if _explains(best, as_is) and won - gain(other, as_is) >= MARGIN:
        return f"+{best.name}" + ("?" if gain(as_is, best) else "")
    if won < _GREAT_GAIN:
        return ""
    raise FileRefusedError("file.encoding")


def _explains(reading: Reading, as_is: Reading) -> bool:
    """Whether most words that are none in Unicode are syllables under the reading."""
    told = [
        share > NO_SYLLABLE for share, plain in zip(reading.shares, as_is.shares, strict=True) if plain <= NO_SYLLABLE
    ]
    return sum(told) >= LEAST_SHARE * len(told)
