"""Turns a workbook into text. Run as a script in a child process: a crafted cell reference aborts whoever parses it.

Imports nothing of the project and nothing heavy: a child starts in some 30 ms. It writes, for each sheet, a line of
JSON {name, visible, width}, then blocks, each a line {bytes} and that many bytes of CSV (line number, cells; rows
without any cell are left out), then a line {last}. A refusal is a line {refused}.
"""

import csv
import io
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

# Cells that merged ranges of one sheet may cover before they are left as they are.
MOST_MERGED_CELLS = 200_000
# A text of so many characters is handed on before more is read.
_BLOCK_CHARACTERS = 1 << 20
# Parts of an archive beyond this are looked through before they are parsed: one endless cell must not be unpacked.
_LARGE_PART = 32 * 1024**2
# Rows of a sheet that is too wide: enough to see whether its header maps, and then to refuse it.
_ROWS_OF_WIDE_SHEET = 24
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
        for about, text in _blocks(options):
            out.write(json.dumps(about).encode() + b"\n" + text)
    except Exception as error:
        out.write(json.dumps({"refused": type(error).__name__}).encode() + b"\n")
        out.flush()


def _limit(memory_bytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _blocks(options: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bytes]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    left = options["output_bytes"]
    with open(options["path"], "rb") as file:  # noqa: PTH123 - pathlib costs a third of the child's start
        _check_large_parts(file, options["cell_characters"])
        file.seek(0)
        workbook = CalamineWorkbook.from_filelike(file)
        if len(workbook.sheets_metadata) > options["sheets"]:
            raise RefusedError
        for place, about in enumerate(workbook.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(place)
            visible = about.visible == SheetVisibleEnum.Visible
            yield {"name": about.name, "visible": visible, "width": min(sheet.width, options["columns"] + 1)}, b""
            for text in _text_of_sheet(sheet, options["cell_characters"], options["columns"]):
                left -= len(text)
                if left < 0:
                    raise RefusedError
                yield {"bytes": len(text)}, text
            yield {"last": True}, b""


def _check_large_parts(file: Any, cell_characters: int) -> None:
    """Raise RefusedError where a large part of an archive has a text far beyond the limit of a cell."""
    if file.read(2) != b"PK" or os.fstat(file.fileno()).st_size < _LARGE_PART // 1000:
        return
    import zipfile

    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if entry.file_size > _LARGE_PART and entry.filename.endswith(".xml"):
                with archive.open(entry) as part:
                    # Markup stands in every block of so many bytes, unless a text goes over it.
                    while block := part.read(8 * cell_characters):
                        if b"<" not in block:
                            raise RefusedError


def _text_of_sheet(sheet: Any, cell_characters: int, columns: int) -> Iterator[bytes]:
    """CSV of a sheet, in blocks."""
    if sheet.start is None:
        return
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    # Rows come from the sheet's first row, their cells from its first used column.
    covered = _covered_cells(sheet, columns)
    above: dict[int, str] = {}
    rows = sheet.iter_rows()
    if sheet.width > columns:
        rows = (values[: columns + 1] for values in islice(rows, _ROWS_OF_WIDE_SHEET))
    nothing = [""] * min(sheet.width, columns + 1)
    for line, values in enumerate(rows, start=1):
        # A stray cell in the last row makes a million of these.
        if values == nothing:
            continue
        cells = [value if type(value) is str else _WRITERS[type(value)](value) for value in values]
        if not any(cells):
            continue
        for column, is_top in covered.get(line, ()):
            if is_top:
                above[column] = cells[column]
            elif not cells[column]:
                cells[column] = above.get(column, "")
        before = out.tell()
        after = before + write([line, *cells])
        if after - before > cell_characters and len(max(cells, key=len)) > cell_characters:
            raise RefusedError
        if after > _BLOCK_CHARACTERS:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


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
