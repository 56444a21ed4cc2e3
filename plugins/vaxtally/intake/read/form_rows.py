"""Rows below a header that belong to the printed form and are certainly no records.

Three kinds, and no other row is ever left out:

- the header again (any of its rows), as at the top of every printed page;
- a row numbered in advance: only its running number ('STT') is filled;
- the footer: below the last row that could be a record, from the first row with a footer's phrase ('Tổng cộng',
  'Người lập biểu', 'ngày … tháng … năm', 'Ký tên' …) to the end.

A row could be a record if two of these stand in it, each in a cell of its own: a name, a sex, a date, a vaccine, an
identity or phone number; or a date or a correction's action and id alone, where the row has no footer's phrase.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vaxtally.intake.canonical import words
from vaxtally.intake.read.headers import REQUIRED, Header
from vaxtally.intake.read.records import Records, blank_rows, is_blank, joined, records_of_rows
from vaxtally.intake.read.source import CELL_SEPARATOR, Kind
from vaxtally.text import fold, unmark

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# A footer is no longer than this. Who reads a file in parts keeps so many rows back until the end.
MOST_FOOTER_ROWS = 40

_RUNNING_NUMBER = frozenset({"stt", "tt", "sott", "sothutu", "thutu", "no"})
_NUMBER = re.compile(r"[0-9]+(?:[.,]0*)?")
_DATE = re.compile(r"'?[0-9]{1,4} ?[-/.] ?[0-9]{1,2} ?[-/.] ?[0-9]{1,4}(?:[ T,]+[0-9:hHgG.]+.*)?")
_LONG_NUMBER = re.compile(r"[A-Z]{0,2}[0-9]{8,15}")
_NOT_OF_NUMBER = re.compile(r"[\s.'+()-]")
_PHRASE = re.compile(
    r"(?:tong (?:cong|so|ket|hop)|(?:tong|cong|total)(?=[ :=.]*(?:$|[0-9]))|cong (?:don|trang|so)|(?:grand|sub) ?total"
    r"|nguoi (?:lap|nhap|tong hop|bao cao|viet|kiem tra|phu trach)|can bo (?:lap|nhap|phu trach)"
    r"|thu truong|giam doc|pho giam doc|truong (?:tram|khoa|phong|don vi|doan|ban)|lanh dao|chu tich|dai dien|phu trach"
    r"|xac nhan|\(?ky(?: ten|,| va| ghi)|\(?(?:signed|signature|sign)\b|prepared by|approved by|checked by"
    r"|danh sach (?:nay|gom|co)|bang chu|ghi chu ?:|luu y ?:|note ?:)"
)
_PHRASE_IN_TEXT = re.compile(rf"^ ?{_PHRASE.pattern}", re.MULTILINE)
_SIGNED_ON = re.compile(r"\bngay\b.{0,12}\bthang\b.{0,12}\bnam\b")


def without_form_rows(records: Records, header: Header, kind: Kind) -> Records:
    """The records alone."""
    return joined(list(without_form_rows_in_parts([records], header, kind)))


def without_form_rows_in_parts(parts: Iterable[Records], header: Header, kind: Kind) -> Iterator[Records]:
    """The records alone, part by part; the rows that may be a footer come last. One part at least."""
    held = records_of_rows([], header.width)
    for part in parts:
        found = part.where(~(is_header_again(part, header) | is_numbered_only(part, header)))
        if len(found) >= MOST_FOOTER_ROWS:
            yield held
            held = found
        else:
            held = joined([held, found])
        end = max(len(held) - MOST_FOOTER_ROWS, 0)
        yield held.part(0, end)
        held = held.part(end, len(held))
    yield held.part(0, len(held) - footer_rows(held, header, kind))


def is_header_again(records: Records, header: Header) -> "np.ndarray":
    """Rows that equal one of the header's rows, cell for cell."""
    import numpy as np
    import pyarrow.compute as pc

    again = np.zeros(len(records), dtype=bool)
    for row in header.rows:
        place = _telling_cell(row, header)
        if place is None:
            continue
        shown = pc.utf8_trim_whitespace(records.columns[place])
        alike = np.flatnonzero(pc.fill_null(pc.equal(shown, row[place]), False).to_numpy(zero_copy_only=False))
        folded = _folded(row)
        again[[at for at in alike if _folded(_cells(records.original[int(at)])) == folded]] = True
    return again


def is_numbered_only(records: Records, header: Header) -> "np.ndarray":
    """Rows in which nothing but a running number is filled."""
    import numpy as np
    import pyarrow.compute as pc

    places = [at for at, text in enumerate(header.texts) if fold(text) in _RUNNING_NUMBER and not header.fields[at]]
    others = [column for at, column in enumerate(records.columns) if at not in places]
    if len(places) != 1 or not others:
        return np.zeros(len(records), dtype=bool)
    bare = blank_rows(others) & ~records.surplus
    if bare.any():
        # Its own \s would leave a no-break space.
        shown = pc.utf8_trim_whitespace(records.columns[places[0]])
        numbers = pc.match_substring_regex(shown, rf"^{_NUMBER.pattern}$")
        bare &= pc.fill_null(numbers, False).to_numpy(zero_copy_only=False)
    return bare


def footer_rows(records: Records, header: Header, kind: Kind) -> int:
    """How many of the last rows are a footer."""
    start = max(len(records) - MOST_FOOTER_ROWS, 0)
    originals = records.original.slice(start).to_pylist()
    if not _has_phrase(originals):
        return 0
    tail = [_cells(original) for original in originals]
    after = max((at + 1 for at, cells in enumerate(tail) if _could_be_record(cells, header, kind)), default=0)
    phrased = [at for at in range(after, len(tail)) if any(map(_is_phrase, tail[at]))]
    return len(tail) - phrased[0] if phrased else 0


def _could_be_record(cells: list[str], header: Header, kind: Kind) -> bool:
    filled = [cell for cell in cells if not is_blank(cell)]
    by_field = {field: cell for field, cell in zip(header.fields, cells, strict=False) if field}
    name = by_field.get("full_name", "")
    signs = (
        not is_blank(name) and not _is_phrase(name) and not re.search(r"[0-9]", name),
        any(map(words.sex, filled)),
        any(map(_DATE.fullmatch, filled)),
        any(map(words.vaccine, filled)),
        any(_LONG_NUMBER.fullmatch(_NOT_OF_NUMBER.sub("", cell).upper()) for cell in filled),
    )
    if sum(signs) >= 2:
        return True
    corrects = kind == "upload" and all(not is_blank(by_field.get(field, "")) for field in ("action", "record_id"))
    return (signs[2] or corrects) and not any(map(_is_phrase, filled))


def _has_phrase(rows: list[str]) -> bool:
    """Whether some of these rows may hold a footer's phrase: mostly none does, and then nothing more need be asked."""
    text = re.sub(
        r"[^\S\n]+", " ", unmark("\n".join(row.replace("\n", " ") for row in rows).replace(CELL_SEPARATOR, "\n"))
    )
    return bool(_PHRASE_IN_TEXT.search(text) or _SIGNED_ON.search(text))


def _is_phrase(cell: str) -> bool:
    text = " ".join(unmark(cell).split())
    return bool(_PHRASE.match(text) or _SIGNED_ON.search(text))


def _telling_cell(row: tuple[str, ...], header: Header) -> int | None:
    """A filled cell of a header row, in a required column if there is one: few other rows have the same there."""
    filled = [at for at, cell in enumerate(row[: header.width]) if cell]
    required = REQUIRED["upload"] + REQUIRED["report"]
    return next((at for at in filled if header.fields[at] in required), next(iter(filled), None))


def _cells(original: "pa.StringScalar | str") -> list[str]:
    return str(original).split(CELL_SEPARATOR)


def _folded(cells: "tuple[str, ...] | list[str]") -> list[str]:
    folded = [fold(cell) for cell in cells]
    while folded and not folded[-1]:
        folded.pop()
    return folded
