"""The forms in which words are compared. One definition for headers, lists, names and rules."""

import re
import unicodedata
from functools import lru_cache

_MARKS = re.compile(r"[\u0300-\u036f]")
_NOT_WORD = re.compile(r"[^0-9a-z]+")


def unmark(text: str) -> str:
    """Lower case without diacritics; đ becomes d. 'Nguyễn Đức' → 'nguyen duc'."""
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return bare.replace("đ", "d").replace("Đ", "d").lower()


# Headers and lists' entries are the same in every file.
@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Letters and digits only, unmarked: the key of a header or list entry. 'Số CCCD/CMND' → 'socccdcmnd'."""
    return _NOT_WORD.sub("", unmark(text))


def name_key(text: str) -> str:
    """Unmarked words with single spaces: the key of a person's name. ' Nguyễn  Văn-An ' → 'nguyen van an'."""
    return _NOT_WORD.sub(" ", unmark(text)).strip()
