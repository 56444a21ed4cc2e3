"""Reading CSV: the delimiter and the header are found, the rows come through pyarrow where the file is regular."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from vaxtally.intake.read import careful
from vaxtally.intake.read.header_search import ROWS_TO_SEARCH, find_header
from vaxtally.intake.read.headers import Header, header_missing, read_header
from vaxtally.intake.read.records import Records, merged, records_of_columns, records_of_rows
from vaxtally.intake.read.source import CELL_SEPARATOR, Kind, Limits, unreadable

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = (",", ";", "\t", "|")
# Enough for twenty rows above the header and some below it.
_HEAD_BYTES = 1 << 18
# Which delimiter to try first.
_PROBE_BYTES = 1 << 14
_SAMPLE_ROWS = 20
_LARGEST_BLOCK = 1 << 26


@dataclass(frozen=True)
class Layout:
    """How a delimited text is laid out. `header_lines`: lines up to the end of the header; `cells`: usual in a row."""

    delimiter: str
    header: Header
    header_lines: int
    cells: int


def find_layout(text: bytes, kind: Kind, limits: Limits) -> Layout:
    """The delimiter under which one of the first rows is a header. Raises FileRefusedError."""
    lines = text[:_HEAD_BYTES].decode(errors="ignore").split("\n")
    best: Layout | None = None
    for delimiter in sorted(DELIMITERS, key=lambda sign: -text.count(sign.encode(), 0, _PROBE_BYTES)):
        found = _layout(lines, delimiter, kind, limits)
        if found and (best is None or len(found.header.missing) < len(best.header.missing)):
            best = found
        if best and not best.header.missing:
            break
    if best is None or best.header.missing:
        raise header_missing((best.header if best else read_header([], kind)).missing, kind)
    if best.header.width > limits.columns:
        raise unreadable(f"more than {limits.columns} columns")
    return best


def read_records(text: bytes, layout: Layout, limits: Limits) -> Records:
    """The rows below the header. Raises FileRefusedError for a cell over the limit."""
    start = _after_lines(text, layout.header_lines)
    body = text[start:]
    if not body.strip():
        return records_of_rows([], layout.header.width)
    found = _read_regular(body, layout) or _read_careful(body, layout)
    if len(body) > limits.cell_characters:
        _check_cells(found.original, limits)
    return found


def _layout(lines: list[str], delimiter: str, kind: Kind, limits: Limits) -> Layout | None:
    """The rows that are a header, or else those that come nearest to one."""
    rows = list(islice(careful.records(lines, delimiter, 1, limits.columns), ROWS_TO_SEARCH))
    found = find_header([cells for _, cells in rows], kind)
    if not found:
        return None
    last = rows[found.after - 1][0]
    return _with_usual_cells(lines, delimiter, last, found.header, limits)


def _with_usual_cells(lines: list[str], delimiter: str, line: int, header: Header, limits: Limits) -> Layout:
    """The layout below a header whose last row begins at this line."""
    fewest, most = max(header.cells_needed, 1), limits.columns
    rows = careful.records(lines, delimiter, fewest, most, start=line)
    next(rows)
    first = next(rows, None)
    header_lines = first[0] if first else len(lines)
    counts = Counter(len(cells) for _, (_, cells) in zip(range(_SAMPLE_ROWS), rows, strict=False))
    counts.update([len(first[1])] if first else [])
    usual = max(counts, key=counts.__getitem__, default=header.width)
    return Layout(delimiter, header, header_lines, min(max(usual, 2), 2 * limits.columns))


def _after_lines(text: bytes, lines: int) -> int:
    """Where in the text the line after so many lines begins."""
    place = 0
    for _ in range(lines):
        end = text.find(b"\n", place)
        if end < 0:
            return len(text)
        place = end + 1
    return place


def _read_regular(body: bytes, layout: Layout) -> Records | None:
    """Read through pyarrow, rows of an unusual number of cells aside; None unless every record is one line."""
    import numpy as np

    aside: list[tuple[int, str]] = []
    table = _parse(body, layout, aside)
    total = body.count(b"\n") + (not body.endswith(b"\n"))
    if table is None or table.num_rows + len(aside) != total:
        return None
    lines = np.arange(1, total + 1, dtype=np.int32)
    if aside:
        lines = np.delete(lines, [number - 1 for number, _ in aside])
    columns = [column.combine_chunks() for column in table.columns]
    usual = records_of_columns(columns, lines + layout.header_lines, layout.header.width)
    unusual = [(number + layout.header_lines, _cells(line, layout)) for number, line in aside]
    return merged(usual, records_of_rows(unusual, layout.header.width))


def _parse(body: bytes, layout: Layout, aside: list[tuple[int, str]]) -> "pa.Table | None":
    import pyarrow as pa
    from pyarrow import csv

    def put_aside(row: csv.InvalidRow) -> str:
        aside.append((row.number, row.text))
        return "skip"

    names = [str(place) for place in range(layout.cells)]
    has_quotes = b'"' in body
    try:
        return csv.read_csv(
            pa.py_buffer(body),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=min(len(body) + 1, _LARGEST_BLOCK)),
            csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if has_quotes else False,
                newlines_in_values=has_quotes,
                ignore_empty_lines=False,
                invalid_row_handler=put_aside,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _cells(line: str, layout: Layout) -> list[str]:
    [(_, cells)] = careful.records([line], layout.delimiter, 1, layout.cells)
    return cells


def _read_careful(body: bytes, layout: Layout) -> Records:
    fewest = max(layout.header.cells_needed, 1)
    most = max(layout.cells, layout.header.width)
    rows = careful.records(body.decode().split("\n"), layout.delimiter, fewest, most)
    first = layout.header_lines + 1
    return records_of_rows([(line + first, cells) for line, cells in rows], layout.header.width)


def _check_cells(original: "pa.Array", limits: Limits) -> None:
    import pyarrow.compute as pc

    long_rows = original.filter(pc.greater(pc.utf8_length(original), limits.cell_characters))
    for row in long_rows.to_pylist():
        if max(map(len, row.split(CELL_SEPARATOR))) > limits.cell_characters:
            raise unreadable(f"a cell of more than {limits.cell_characters} characters")
