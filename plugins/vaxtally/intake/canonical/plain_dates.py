"""Dates of digits and two separators, read by the places of their signs: most are, and a regular expression is slow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# One letter for each place; between them any of the separators.
_DAY_FIRST = ("dd/mm/yyyy", "d/m/yyyy", "dd/m/yyyy", "d/mm/yyyy")
_YEAR_FIRST = ("yyyy/mm/dd",)
_SEPARATORS = b"-/."


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

    count = len(texts)
    found = PlainDates(*(np.zeros(count, dtype) for dtype in (np.int64, np.int64, np.int64, bool, bool)))
    for form, at, digits in _in_forms(texts, (*_DAY_FIRST, *_YEAR_FIRST)):
        for name, part in (("y", found.year), ("m", found.month), ("d", found.day)):
            part[at] = _number(digits, form, name)
        found.is_plain[at] = True
        found.is_year_first[at] = form in _YEAR_FIRST
    return found


def are_year_first(texts: "pa.Array") -> "np.ndarray":
    """Which texts are such as '2021-08-05', whatever the numbers; null is none."""
    import numpy as np

    found = np.zeros(len(texts), bool)
    for _, at, _ in _in_forms(texts, _YEAR_FIRST):
        found[at] = True
    return found


def _in_forms(texts: "pa.Array", forms: Iterable[str]) -> "Iterator[tuple[str, np.ndarray, np.ndarray]]":
    """For each form the places of the texts that have it, and their signs less '0', one row for each of its letters."""
    import numpy as np
    import pyarrow as pa

    count = len(texts)
    _, ends, content = texts.cast(pa.string()).buffers()
    if not count or content is None:
        return
    ends = np.frombuffer(ends, dtype=np.int32)[texts.offset : texts.offset + count + 1]
    signs, lengths = np.frombuffer(content, dtype=np.uint8), np.diff(ends)
    for form in forms:
        at = np.flatnonzero(lengths == len(form))
        if not len(at):
            continue
        digits = signs[ends[at] + np.arange(len(form), dtype=np.int32)[:, np.newaxis]] - np.uint8(ord("0"))
        alike = np.ones(len(at), bool)
        for letter, row in zip(form, digits, strict=True):
            alike &= _is_separator(row) if letter == "/" else row <= 9
        yield form, at[alike], digits[:, alike]


def _is_separator(signs_less_zero: "np.ndarray") -> "np.ndarray":
    import numpy as np

    found = np.zeros(len(signs_less_zero), bool)
    for sign in _SEPARATORS:
        found |= signs_less_zero == np.uint8((sign - ord("0")) % 256)
    return found


def _number(digits: "np.ndarray", form: str, name: str) -> "np.ndarray":
    import numpy as np

    number = np.zeros(digits.shape[1], np.int64)
    for letter, row in zip(form, digits, strict=True):
        if letter == name:
            number = number * 10 + row
    return number
