"""Writes lists and reports as CSV and XLSX: the same bytes for the same content, dated as they were sent."""

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from vaxtally.sample.draft import Cell
from vaxtally.sample.shapes import Shape

_MADE_ON = datetime(2021, 9, 1)  # a workbook carries the day it was made
_SHEET = "Danh sách"


def open_list(path: Path, encoding: str = "utf-8") -> TextIO:
    """A new file, its folders too, readable by nobody else: the lists look like patients' data."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding=encoding, newline="")


def date_file(path: Path, modified_at: datetime) -> None:
    """Set the modification time, by which files are put in order."""
    os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))


def write_table(
    path: Path, shape: Shape, titles: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    """One table below its title rows, in the shape's kind of file."""
    if shape.suffix == ".xlsx":
        _write_workbook(path, titles, header, rows)
        return
    with open_list(path, shape.encoding) as lines:
        writer = csv.writer(lines, delimiter=shape.delimiter)
        writer.writerows([title] for title in titles)
        writer.writerow(header)
        writer.writerows(rows)


def _write_workbook(path: Path, titles: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    import xlsxwriter

    open_list(path).close()
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    book.set_properties({"created": _MADE_ON})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet(_SHEET)
    for number, title in enumerate(titles):
        sheet.write_string(number, 0, title, bold)
    for place, text in enumerate(header):
        sheet.write_string(len(titles), place, text, bold)
    for number, row in enumerate(rows, len(titles) + 1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                if value:
                    sheet.write_string(number, place, value)
            elif isinstance(value, date):
                sheet.write_datetime(number, place, value, day)  # type: ignore[arg-type]  # a date is accepted
            else:
                sheet.write_number(number, place, value)
    book.close()


def list_titles(shape: Shape, unit_name: str, day: date) -> list[str]:
    """Title rows as people put them above a list."""
    return ["DANH SÁCH TIÊM CHỦNG VẮC XIN COVID-19", f"Đơn vị: {unit_name}", f"Ngày gửi: {day:%d/%m/%Y}"][
        : shape.titles
    ]


def list_header(shape: Shape) -> list[str]:
    """The header row: a running number first where the unit has one, its other columns last."""
    first = [name for name in shape.extra if name == "STT"]
    return [*first, *(shape.headers[name] for name in shape.columns), *(name for name in shape.extra if name != "STT")]


def list_rows(shape: Shape, cells: dict[str, list[Cell]], surplus: dict[int, str]) -> Iterable[tuple[Cell, ...]]:
    """The data rows; `surplus` holds cells beyond the header, by place in the list."""
    count = len(cells["full_name"])
    columns: list[Sequence[Cell]] = []
    if "STT" in shape.extra:
        columns.append([str(number) for number in range(1, count + 1)])
    columns += cells.values()
    columns += [[f"{name} 1"] * count for name in shape.extra if name != "STT"]
    rows = zip(*columns, strict=True)
    if not surplus:
        return rows
    return ((*row, surplus[place]) if place in surplus else row for place, row in enumerate(rows))
