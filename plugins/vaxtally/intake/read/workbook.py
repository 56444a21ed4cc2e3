"""Reading XLSX and XLS: sizes are looked at first, then a child process with limits parses the workbook."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from vaxtally.intake.read import encodings, workbook_child
from vaxtally.intake.read.header_search import ROWS_TO_SEARCH, find_header
from vaxtally.intake.read.headers import HEADER_ROWS, Header, header_missing, read_header
from vaxtally.intake.read.records import Records, records_of_columns, records_of_rows
from vaxtally.intake.read.source import CELL_SEPARATOR, Kind, Limits, unreadable
from vaxtally.intake.read.text_file import to_nfc
from vaxtally.intake.read.workbook_budget import OLE_MAGIC, ZIP_MAGIC, Budget, budget_of

# A machine that is busy ten times over makes 60 s of the 6 that a child may take at least; honest ones take far less.
_CLOCK_FACTOR = 6
_LEAST_CLOCK_SECONDS = 60.0


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook. `text`: CSV of its rows, each led by its line; `width`: cells of a row."""

    name: str
    is_visible: bool
    width: int
    text: bytes


@dataclass(frozen=True)
class Workbook:
    """Its sheets, and whether day 0 of its serials is 1904-01-01."""

    sheets: list[Sheet]
    dates_from_1904: bool


def is_workbook(start: bytes) -> bool:
    """Whether a file that begins so is a zip archive (XLSX) or an OLE container (XLS, encrypted XLSX)."""
    return start.startswith((ZIP_MAGIC, OLE_MAGIC))


def read_workbook(path: Path, limits: Limits) -> Workbook:
    """Every worksheet, in order. Raises FileRefusedError file.unreadable."""
    budget = budget_of(path, limits)
    return Workbook(list(_sheets(_run_child(path, limits, budget))), budget.dates_from_1904)


def in_unicode(sheets: list[Sheet]) -> list[Sheet]:
    """The sheets, cells that were typed in an old font read. Raises FileRefusedError file.encoding."""
    detector = encodings.Detector()
    for sheet in sheets:
        detector.feed(sheet.text)
    name = detector.result()
    return sheets if name == "utf-8" else [_sheet_in_unicode(sheet, name) for sheet in sheets]


def choose_sheets(sheets: list[Sheet], kind: Kind) -> list[tuple[Sheet, Header, int]]:
    """The sheets whose header maps, with the header and the place of the row below it; hidden ones only failing others.

    Raises FileRefusedError file.header_missing.
    """
    found = [(sheet, *header) for sheet in sheets if (header := _find_header(sheet, kind))]
    complete = [choice for choice in found if not choice[1].missing]
    chosen = [choice for choice in complete if choice[0].is_visible] or complete
    if not chosen:
        nearest = min((header.missing for _, header, _ in found), key=len, default=read_header([], kind).missing)
        raise header_missing(nearest, kind)
    return chosen


def read_records(sheet: Sheet, header: Header, start: int, limits: Limits) -> Records:
    """A sheet's rows below its header. Raises FileRefusedError for too many columns."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if sheet.width > limits.columns:
        raise unreadable(f"more than {limits.columns} columns")
    body = sheet.text[start:]
    if not body:
        return records_of_rows([], header.width)
    body = to_nfc(body).replace(CELL_SEPARATOR.encode(), b" ").replace(b"\x00", b" ")
    names = ["line", *map(str, range(sheet.width))]
    table = arrow_csv.read_csv(
        pa.py_buffer(body),
        arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(body) + 1),
        arrow_csv.ParseOptions(newlines_in_values=True),
        arrow_csv.ConvertOptions(
            column_types={name: pa.int32() if name == "line" else pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )
    line, *columns = (column.combine_chunks() for column in table.columns)
    return records_of_columns(columns, line.to_numpy(), header.width)


def _sheet_in_unicode(sheet: Sheet, name: str) -> Sheet:
    if encodings.has_font_columns(name):
        name = encodings.with_columns(name, [sheet.text], delimiter=",")
    return replace(sheet, text=encodings.Decoder(name).decode(sheet.text, final=True).encode())


def _find_header(sheet: Sheet, kind: Kind) -> tuple[Header, int] | None:
    """The rows that are a header, or else those nearest to it, and where in the text the next row begins."""
    head = io.StringIO(sheet.text[: 1 << 20].decode(errors="ignore"), newline="\n")
    csv.field_size_limit(2**31 - 1)
    rows, ends, starts = [], [0], 0
    for line, *cells in csv.reader(iter(head.readline, "")):
        if int(line) > ROWS_TO_SEARCH:
            break
        starts += int(line) <= HEADER_ROWS
        rows.append(cells)
        ends.append(ends[-1] + _length([line, *cells]))
    found = find_header(rows, kind, starts)
    return (found.header, ends[found.after]) if found else None


def _length(row: list[str]) -> int:
    """Bytes that a row takes in a sheet's text: written again by the same writer."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(row)
    return len(out.getvalue().encode())


@cache
def _library() -> str:
    import python_calamine

    return str(Path(python_calamine.__file__).parents[1])


def _run_child(path: Path, limits: Limits, budget: Budget) -> bytes:
    options = {
        "path": str(path),
        "library": _library(),
        "memory_bytes": budget.memory_bytes,
        "seconds": budget.seconds,
        "output_bytes": budget.output_bytes,
        "cell_characters": limits.cell_characters,
        "columns": limits.columns,
        "sheets": limits.sheets,
    }
    # -I -S: no environment, no site packages but the one library that the child needs.
    command = [sys.executable, "-I", "-S", "-X", "utf8", workbook_child.__file__, json.dumps(options)]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_clock_seconds(budget), check=False
        )
    except subprocess.TimeoutExpired as error:
        raise unreadable("takes too long") from error
    if done.returncode != 0:
        raise unreadable("breaks the parser or goes over its limits")
    return done.stdout


def _clock_seconds(budget: Budget) -> float:
    """How long a child may take by the clock: one that waits uses no processor, and its limit is of that."""
    return max(_LEAST_CLOCK_SECONDS, _CLOCK_FACTOR * budget.seconds)


def _sheets(output: bytes) -> Iterator[Sheet]:
    """The sheets of a child's output; the blocks of a sheet follow its line of JSON."""
    view, place = memoryview(output), 0
    about: dict = {}
    blocks: list[memoryview] = []
    while place < len(output):
        end = output.index(b"\n", place)
        block = json.loads(output[place:end])
        if "refused" in block:
            raise unreadable(block["refused"])
        place = end + 1 + block.get("bytes", 0)
        blocks.append(view[end + 1 : place])
        about |= block
        if "last" in block:
            yield Sheet(about["name"], about["visible"], about["width"], b"".join(blocks))
            about, blocks = {}, []
