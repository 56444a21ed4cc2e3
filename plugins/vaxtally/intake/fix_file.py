"""The fix file: the rejected and held rows of an upload in the unit's own columns, with reasons, to be sent back."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake.read import CELL_SEPARATOR, returned
from vaxtally.intake.read.headers import HEADERS, read_header

if TYPE_CHECKING:
    from sqlalchemy import Connection

CSV_SUFFIX = ".fix.csv"
WORKBOOK_SUFFIX = ".fix.xlsx"
# A spreadsheet holds no longer text in a cell.
LONGEST_WORKBOOK_CELL = 32_767
OUTCOMES = {
    "vi": {"rejected": "Cần sửa (rejected)", "held": "Chờ Sở xem xét (held)"},
    "en": {"rejected": "To correct (rejected)", "held": "Waiting for review (held)"},
}


@dataclass(frozen=True)
class FixFile:
    """The content of a fix file and the suffix that its name gets."""

    suffix: str
    content: bytes


@dataclass(frozen=True)
class FixSheet:
    """The rows of one sheet (None: of a text file). `own`: columns of the unit; the last three are added.

    `faulty`: for each row, the columns that are at fault.
    """

    name: str | None
    own: int
    header: list[str]
    rows: list[list[str]]
    faulty: list[frozenset[int]]


def fix_file(connection: "Connection", upload: Any) -> FixFile | None:
    """The fix file of an upload (a row of intake/upload/select_unfinished); None where no row of it waits.

    Reports have none: a later figure takes the place of an earlier one, whatever became of that.
    """
    if upload.kind != "upload":
        return None
    waiting = db.run(connection, "intake/row/select_fix", {"upload_id": upload.upload_id}).all()
    if not waiting:
        return None
    if waiting[0].sheet is None or _longest_cell(waiting) >= LONGEST_WORKBOOK_CELL:
        (sheet,) = _sheets(waiting, upload, in_workbook=False, by_sheet=False)
        return FixFile(CSV_SUFFIX, _csv(sheet))
    from vaxtally.intake.fix_workbook import workbook

    sheets = _sheets(waiting, upload, in_workbook=True, by_sheet=True)
    return FixFile(WORKBOOK_SUFFIX, workbook(sheets, upload.processed_at))


def _longest_cell(waiting: Sequence[Any]) -> int:
    longest = max((row.original for row in waiting), key=len)
    if len(longest) < LONGEST_WORKBOOK_CELL:
        return 0
    return max(len(cell) for row in waiting for cell in row.original.split(CELL_SEPARATOR))


def _sheets(waiting: Sequence[Any], upload: Any, in_workbook: bool, by_sheet: bool) -> list[FixSheet]:
    import pyarrow as pa

    make_safe = returned.escaped if in_workbook else returned.neutralised
    names = tuple(column["name"] for column in upload.header)
    originals = make_safe(pa.array([row.original for row in waiting], pa.string())).to_pylist()
    kept, surplus = _places(upload.header, originals)
    header = _own_names(upload.header, kept)
    header += [returned.SURPLUS_COLUMN[upload.language].format(n=n + 1) for n in range(len(surplus))]
    own = len(header)
    header += [returned.REF, returned.OUTCOME_COLUMN[upload.language], returned.REASON_COLUMN[upload.language]]
    header = make_safe(returned.restored(pa.array(header, pa.string()))).to_pylist()
    places = [*kept, *surplus]
    in_order = places == list(range(len(names)))
    found: list[tuple[str | None, list[str], frozenset[int]]] = []
    for row, joined in zip(waiting, originals, strict=True):
        cells = joined.split(CELL_SEPARATOR)
        if not in_order:
            cells = [cells[place] if place < len(cells) else "" for place in places]
        faulty = frozenset(n for n, place in enumerate(kept) if upload.header[place]["field"] in row.faulty)
        found.append((row.sheet, [*cells, row.ref, OUTCOMES[upload.language][row.outcome], row.reasons], faulty))
    groups = (
        [(name, list(group)) for name, group in groupby(found, lambda one: one[0])] if by_sheet else [(None, found)]
    )
    return [
        FixSheet(name, own, header, [cells for _, cells, _ in group], [faulty for *_, faulty in group])
        for name, group in groups
    ]


def _places(header: list[dict[str, Any]], originals: list[str]) -> tuple[list[int], list[int]]:
    """Which cells of a row are shown: the unit's own, and those beyond its header that some row has.

    The columns that an earlier fix file had added go; the cells beyond a header that it showed stay.
    """
    names = tuple(column["name"] for column in header)
    is_returned = any(column["field"] == returned.REF for column in header)
    shown_before = returned.surplus_places(names) if is_returned else []
    dropped = set(returned.added_places(names)) if is_returned else set()
    dropped |= {place for place, column in enumerate(header) if column["field"] == returned.REF}
    kept = [place for place in range(len(names)) if place not in dropped and place not in shown_before]
    widest = max(text.count(CELL_SEPARATOR) + 1 for text in originals)
    beyond = [*shown_before, *range(len(names), widest)]
    cells = [text.split(CELL_SEPARATOR) for text in originals] if beyond else []
    while beyond and not any(len(row) > beyond[-1] and row[beyond[-1]] for row in cells):
        beyond.pop()
    return kept, beyond


def _own_names(header: list[dict[str, Any]], kept: list[int]) -> list[str]:
    """The columns as the unit named them; where a name alone would be read as something else, a plain one instead.

    A header of two lines, or a name that counted only beside another, may not stand by itself.
    """
    names = [header[place]["name"] for place in kept]
    fields = [header[place]["field"] for place in kept]
    for _ in names:
        read = read_header([name or "-" for name in names], "upload").fields
        wrong = [place for place, field in enumerate(fields) if read[place] != field]
        if not wrong:
            break
        names[wrong[0]] = _plain_name(names, fields[wrong[0]], wrong[0])
    return names


def _plain_name(names: list[str], field: str | None, place: int) -> str:
    if field is None:
        return f"{names[place]} [{place + 1}]"
    unused = [text for text in (*HEADERS["upload"][field], field) if text not in names]
    return unused[0] if unused else field


def _csv(sheet: FixSheet) -> bytes:
    """UTF-8 with BOM and CRLF; a comma between cells, as in every answer."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.header)
    writer.writerows(sheet.rows)
    return text.getvalue().encode("utf-8-sig")
