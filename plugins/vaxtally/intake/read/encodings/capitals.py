"""Words in capitals that TCVN3 could only write with small toned letters: 'NGUYễN' is read 'NGUYỄN'.

A word changes only where it cannot be an honest one. 'NGUYễN' has capitals after its first letter and no small letter
but toned ones. 'Hà' or 'Vũ' look the same in a word of either kind: they become capitals only in a cell that has no
plain small letter at all and another word that is in capitals for certain ('Vũ VĂN Hà'). The last word of 'Nguyễn Thị
ánh' could not be written otherwise: where all others of a cell begin with a capital, so does it.
"""

import re
from functools import lru_cache

from vaxtally.intake.read.encodings.tables import SMALL

CELL_ENDS = ",;|\t\n\r\x1e\x1f"

_PLAIN = "ăâđêôơư"
_TONED = "".join(letter for letter in SMALL if letter not in _PLAIN)
_SMALL = "a-z" + _PLAIN
_CAPITAL = "A-Z" + _PLAIN.upper()
_LETTER = _SMALL + _CAPITAL + _TONED
_END = re.compile(f'[{re.escape(CELL_ENDS)}"]')
# A toned small letter that begins a word, or stands before a capital, or ends a word after a capital. Whoever reads on:
# the expression begins with a set of letters because that is what the library searches fast.
_SUSPECT = re.compile(
    f"[{_TONED}](?:(?<![{_LETTER}][{_TONED}])|(?=[{_CAPITAL}])|(?<=[{_CAPITAL}][{_TONED}])(?![{_SMALL}]))"
)
_HAS_SMALL = re.compile(f"[{_SMALL}]")
# A word of capitals and toned small letters, both in it.
_MIXED = re.compile(f"(?<![{_LETTER}])(?=[{_CAPITAL}]*[{_TONED}])[{_CAPITAL}{_TONED}]++(?![{_SMALL}])")
_IN_CAPITALS = re.compile(f"[{_CAPITAL}{_TONED}][{_TONED}]*[{_CAPITAL}]")
_WORD = re.compile(f"[{_LETTER}]+")


def restore_capitals(text: str) -> str:
    """Text in NFC with toned capitals where its words are in capitals or begin with one."""
    pieces, done = [], 0
    for found in _SUSPECT.finditer(text):
        if found.start() < done:
            continue
        start, end = _bounds(text, found.start())
        pieces += [text[done:start], _restored(text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])


def _bounds(text: str, place: int) -> tuple[int, int]:
    """Where the cell around a place begins and ends."""
    line = text.rfind("\n", 0, place) + 1
    before = text[line:place]
    start = line + max(map(before.rfind, CELL_ENDS + '"')) + 1
    end = _END.search(text, place)
    return start, end.start() if end else len(text)


@lru_cache(maxsize=1 << 16)
def _restored(cell: str) -> str:
    if not _HAS_SMALL.search(cell):
        return _raised(cell)
    cell = _MIXED.sub(lambda word: _raised(word[0]), cell)
    others = [word for word in _WORD.findall(cell) if word[0] not in _TONED]
    if not others or not all(word[0].isupper() for word in others):
        return cell
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:], cell)


def _raised(words: str) -> str:
    return words.upper() if _IN_CAPITALS.search(words) else words
