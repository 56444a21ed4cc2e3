"""Files that are no list of records: broken, empty, sent twice, of an unknown unit, short of a column."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import vaxtally.sample.lists as planned_lists
from vaxtally.sample.cells import page_cells
from vaxtally.sample.draft import Draft
from vaxtally.sample.files import date_file, list_header, list_rows, open_list, write_table
from vaxtally.sample.truth import Truth

_STRANGER = "TYT-999-99"  # a folder of a unit that is on no list
_ROWS = 30  # of a file that is refused


def write_odd_files(out: Path, draft: Draft, truth: Truth) -> None:
    """All of them carry the window's last day, an hour after the day's lists; none changes what is entered."""
    senders = _ordinary_senders(draft)
    last = draft.calendar.last
    sent_at = datetime(last.year, last.month, last.day, 19, tzinfo=planned_lists.HO_CHI_MINH)
    for number, make in enumerate((_repeated, _column_short, _stranger, _empty, _broken)):
        list_number = next(senders, None) if make in (_empty, _broken, _stranger) else _list_of_repeats(draft)
        if list_number is not None:
            path = make(out, draft, list_number, truth)
            date_file(out / path, sent_at + timedelta(days=1, seconds=number))


def _ordinary_senders(draft: Draft) -> Iterator[int]:
    """A list of each unit that plays no part."""
    seen = set()
    for number, planned in enumerate(draft.lists):
        if draft.units[planned.sender].part == "" and planned.sender not in seen and not planned.backlog:
            seen.add(planned.sender)
            yield number


def _list_of_repeats(draft: Draft) -> int | None:
    return next(
        (
            number
            for number, planned in enumerate(draft.lists)
            if draft.units[planned.sender].part == "repeats" and not planned.backlog
        ),
        None,
    )


def _repeated(out: Path, draft: Draft, number: int, truth: Truth) -> str:
    first = Path(draft.lists[number].path)
    path = first.with_name(f"{first.stem} (1){first.suffix}").as_posix()
    open_list(out / path).close()
    (out / path).write_bytes((out / first).read_bytes())
    truth.add_file(path, "upload", [], "repeated")
    return path


def _column_short(out: Path, draft: Draft, number: int, truth: Truth) -> str:
    shape = draft.lists[number].shape.without("dose_number")
    first = Path(draft.lists[number].path)
    path = first.with_name(f"thieu-cot-{first.name}").as_posix()
    _write_rows(out / path, draft, replace(draft.lists[number], shape=shape), number)
    truth.add_file(path, "upload", [], "quarantined", "file.header_missing")
    return path


def _stranger(out: Path, draft: Draft, number: int, truth: Truth) -> str:
    path = f"{_STRANGER}/uploads/{Path(draft.lists[number].path).name}"
    _write_rows(out / path, draft, draft.lists[number], number)
    truth.add_file(path, "upload", [], "quarantined", "file.unit_unknown")
    return path


def _write_rows(path: Path, draft: Draft, planned: planned_lists.ListFile, number: int) -> None:
    rows = (draft.doses.file == number).nonzero()[0][:_ROWS]
    cells = page_cells(draft, planned.shape, rows)
    write_table(path, planned.shape, [], list_header(planned.shape), list_rows(planned.shape, cells, {}))


def _empty(out: Path, draft: Draft, number: int, truth: Truth) -> str:
    shape = draft.lists[number].shape
    path = f"{draft.units[draft.lists[number].sender].unit_code}/uploads/khong-co-ca-nao{shape.suffix}"
    write_table(out / path, shape, [], list_header(shape), [])
    truth.add_file(path, "upload", [], "empty", "file.empty")
    return path


def _broken(out: Path, draft: Draft, number: int, truth: Truth) -> str:
    """The first bytes of a workbook whose sending broke off."""
    path = f"{draft.units[draft.lists[number].sender].unit_code}/uploads/gui-do-dang.xlsx"
    open_list(out / path).close()
    (out / path).write_bytes(b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 8)
    truth.add_file(path, "upload", [], "quarantined", "file.unreadable")
    return path
