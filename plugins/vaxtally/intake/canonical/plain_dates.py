"""Dates of digits and two separators, read by the places of their signs: most are, and a regular expression is slow."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# One letter for each place; between them any of the separators.
_DAY_FIRST = ("dd/mm/yyyy", "d/m/yyyy", "dd/m/yyyy", "d/mm/yyyy")
_YEAR_FIRST = ("yyyy/mm/dd",)
_SEPARATORS = "-/."
_OTHER, _DIGIT, _SEPARATOR = range(3)


@dataclass(frozen=True)
class PlainDates:
    """Of each text its numbers (int64), 0 where it is no plain date; `is_year_first`: bool."""

    year: "np.ndarray"
    month: "np.ndarray"
    day: "np.ndarray"
    is_year_first: "np.ndarray"
    is_plain: "np.ndarray"


def read_plain(texts: "pa.Array") -> PlainDates:
    """The parts of texts such as '05/08/2021', '5.8.2021' and '2021-08-05', whatever the numbers; null is none."""
    import numpy as np
    import pyarrow as pa

    count = len(texts)
    found = PlainDates(*(np.zeros(count, dtype) for dtype in (np.int64, np.int64, np.int64, bool, bool)))
    _, ends, content = texts.cast(pa.string()).buffers()
    if not count or content is None:
        return found
    ends = np.frombuffer(ends, dtype=np.int32)[texts.offset : texts.offset + count + 1]
    signs, lengths = np.frombuffer(content, dtype=np.uint8), np.diff(ends)
    for form in (*_DAY_FIRST, *_YEAR_FIRST):
        at = np.flatnonzero((lengths == len(form)) & ~found.is_plain)
        if not len(at):
            continue
        cells = signs[ends[at][:, np.newaxis] + np.arange(len(form), dtype=np.int32)]
        alike = (_kinds()[cells] == _kinds_of(form)).all(axis=1)
        at, digits = at[alike], cells[alike] - np.uint8(ord("0"))
        for name, part in (("y", found.year), ("m", found.month), ("d", found.day)):
            part[at] = _number(digits, form, name)
        found.is_plain[at] = True
        found.is_year_first[at] = form in _YEAR_FIRST
    return found


def _number(digits: "np.ndarray", form: str, name: str) -> "np.ndarray":
    import numpy as np

    number = np.zeros(len(digits), np.int64)
    for place, letter in enumerate(form):
        if letter == name:
            number = number * 10 + digits[:, place]
    return number


@cache
def _kinds() -> "np.ndarray":
    """What each byte is: a digit, a separator or another sign."""
    import numpy as np

    kinds = np.full(256, _OTHER, dtype=np.uint8)
    kinds[ord("0") : ord("9") + 1] = _DIGIT
    kinds[[ord(sign) for sign in _SEPARATORS]] = _SEPARATOR
    return kinds


@cache
def _kinds_of(form: str) -> "np.ndarray":
    import numpy as np

    return np.array([_SEPARATOR if sign == "/" else _DIGIT for sign in form], dtype=np.uint8)
