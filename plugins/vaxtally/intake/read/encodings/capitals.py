"""Words in capitals that TCVN3 could only write with small toned letters: 'NGUYễN' is read 'NGUYỄN'.

A word changes only where it cannot be an honest one. 'NGUYễN' has capitals after its first letter and no small letter
but toned ones. 'Hà' or 'Vũ' look the same in a word of either kind: they become capitals only in a cell that has no
plain small letter at all and another word that is in capitals for certain ('Vũ VĂN Hà'). The last word of 'Nguyễn Thị
ánh' could not be written otherwise: where all others of a cell begin with a capital, so does it.
"""

import re

from vaxtally.intake.read.encodings.tables import SMALL

CELL_ENDS = ",;|\t\n\r\x1e\x1f"

_PLAIN = "ăâđêôơư"
_TONED = "".join(letter for letter in SMALL if letter not in _PLAIN)
_SMALL = "a-z" + _PLAIN
_CAPITAL = "A-Z" + _PLAIN.upper()
_LETTER = _SMALL + _CAPITAL + _TONED
_ENDS = re.escape(CELL_ENDS) + '"'
# A whole cell without plain small letters, with a toned one.
_CELL = re.compile(f"(?<![^{_ENDS}])(?=[^{_ENDS}{_SMALL}]*[{_TONED}])[^{_ENDS}{_SMALL}]++(?![{_SMALL}])")
# A word of capitals and toned small letters, both in it.
_WORD = re.compile(f"(?<![{_LETTER}])(?=[{_CAPITAL}]*[{_TONED}])[{_CAPITAL}{_TONED}]++(?![{_SMALL}])")
_IN_CAPITALS = re.compile(f"[{_CAPITAL}{_TONED}][{_TONED}]*[{_CAPITAL}]")


# A cell with a word that begins with a toned small letter.
_BEGINS_SMALL = re.compile(f"(?<![^{_ENDS}])[^{_ENDS}]*?(?<![{_LETTER}])[{_TONED}][^{_ENDS}]*")
_WORDS = re.compile(f"[{_LETTER}]+")


def restore_capitals(text: str) -> str:
    """Text in NFC with toned capitals where its words are in capitals or begin with one."""
    return _BEGINS_SMALL.sub(_titled, _WORD.sub(_raised, _CELL.sub(_raised, text)))


def _raised(found: re.Match[str]) -> str:
    return found[0].upper() if _IN_CAPITALS.search(found[0]) else found[0]


def _titled(found: re.Match[str]) -> str:
    others = [word for word in _WORDS.findall(found[0]) if word[0] not in _TONED]
    if not others or not all(word[0].isupper() for word in others):
        return found[0]
    return _WORDS.sub(lambda word: word[0][0].upper() + word[0][1:], found[0])
