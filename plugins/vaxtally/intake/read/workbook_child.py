"""Turns a workbook into text. Run as a script in a child process: a crafted cell reference aborts whoever parses it.

Imports nothing of the project and nothing heavy: a child starts in some 30 ms. It writes, for each sheet, a line of
JSON {name, visible, width, bytes} and then that many bytes of CSV: line number, cells. Rows without any cell are
left out. A refusal is a line of JSON {refused}.
"""

import csv
import io
import json
import resource
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

# Cells that merged ranges of one sheet may cover before they are left as they are.
MOST_MERGED_CELLS = 1_000_000
# Whole numbers up to here are exact in a spreadsheet, which keeps 15 digits.
_LARGEST_EXACT = 10**15


class RefusedError(Exception):
    """The workbook goes over a limit."""


def main() -> None:
    options = json.loads(sys.argv[1])
    sys.path.insert(0, options["library"])
    _limit(options["memory_bytes"], options["seconds"])
    out = sys.stdout.buffer
    try:
        for sheet, text in _sheets(options):
            out.write(json.dumps(sheet).encode() + b"\n" + text)
    except Exception as error:
        out.write(json.dumps({"refused": type(error).__name__}).encode() + b"\n")


def _limit(memory_bytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _sheets(options: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bytes]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    left = options["output_bytes"]
    with open(options["path"], "rb") as file:  # noqa: PTH123 - pathlib costs a third of the child's start
        workbook = CalamineWorkbook.from_filelike(file)
        for place, about in enumerate(workbook.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(place)
            text = _text_of_sheet(sheet, options["cell_characters"], options["columns"], left)
            left -= len(text)
            visible = about.visible == SheetVisibleEnum.Visible
            width = min(sheet.width, options["columns"] + 1)
            yield {"name": about.name, "visible": visible, "width": width, "bytes": len(text)}, text


def _text_of_sheet(sheet: Any, cell_characters: int, columns: int, output_bytes: int) -> bytes:
    if sheet.start is None:
        return b""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    # Rows come from the sheet's first row, their cells from its first used column.
    covered = _covered_cells(sheet, columns)
    above: dict[int, str] = {}
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_WRITERS[type(value)](value) for value in values[: columns + 1]]
        if not any(cells):
            continue
        if len(max(cells, key=len)) > cell_characters:
            raise RefusedError
        for column, is_top in covered.get(line, ()):
            if is_top:
                above[column] = cells[column]
            elif not cells[column]:
                cells[column] = above.get(column, "")
        write([line, *cells])
        if out.tell() > output_bytes:
            raise RefusedError
    return out.getvalue().encode()


def _covered_cells(sheet: Any, columns: int) -> dict[int, list[tuple[int, bool]]]:
    """By line, the columns that a range merged over several rows covers, and whether the line is its top.

    The value of such a cell holds for each of its rows. Cells merged side by side are a title: they stay as they are.
    """
    covered: dict[int, list[tuple[int, bool]]] = {}
    count = 0
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        column, last = left - sheet.start[1], min(bottom, sheet.end[0])
        count += max(last - top, 0)
        if top >= last or not 0 <= column < min(columns, sheet.width) or count > MOST_MERGED_CELLS:
            continue
        for line in range(top + 1, last + 2):
            covered.setdefault(line, []).append((column, line == top + 1))
    return covered


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < _LARGEST_EXACT else repr(value)


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda value: str(value).upper(),
    date: date.isoformat,
    datetime: _moment,
    time: lambda value: value.isoformat("seconds"),
    timedelta: str,
}

if __name__ == "__main__":
    main()
