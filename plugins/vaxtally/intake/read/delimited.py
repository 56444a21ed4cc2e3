"""Reading CSV: the delimiter and the header are found, the rows come through pyarrow where the file is regular."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from vaxtally.intake.read import careful
from vaxtally.intake.read.header_search import ROWS_TO_SEARCH, find_header
from vaxtally.intake.read.headers import Header, header_missing, read_header
from vaxtally.intake.read.records import Records, merged, records_of_columns, records_of_rows
from vaxtally.intake.read.signs import line_ends
from vaxtally.intake.read.source import CELL_SEPARATOR, Kind, Limits, unreadable

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = (",", ";", "\t", "|")
# What else may part the cells, where under none of these a row is a header. No parts of dates or field names.
_RARE_DELIMITERS = tuple("^~:#$!&*%@=\\\x1e\x1d\x1c\x07")
# Enough for twenty rows above the header and some below it.
HEAD_BYTES = 1 << 18
# Which delimiter to try first.
_PROBE_BYTES = 1 << 14
_SAMPLE_ROWS = 20
# The first line by which Excel is told.
_SAID = re.compile(r'"?sep=([^"\n\w])"?[;,]*\n', re.IGNORECASE | re.ASCII)
# What is parsed at once: much where every record is a line, little where line breaks in cells ask for care.
LARGEST_BLOCK = 1 << 24
SMALLEST_BLOCK = 1 << 17
# What pyarrow parses at once: it is twice as fast where it stays in the processor's cache.
_PARSED_BYTES = 1 << 20
_LINES_OF_BLOCK = 1 << 17
# Line numbers are int32.
_MOST_LINES = 2_000_000_000


@dataclass(frozen=True)
class Layout:
    """How a delimited text is laid out. `header_lines`: lines up to the end of the header; `cells`: usual in a row."""

    delimiter: str
    header: Header
    header_lines: int
    cells: int

    @cached_property
    def fewest(self) -> int:
        """Cells of the shortest row that may be one of this file's."""
        return max(min(self.header.cells_needed, self.cells), 1)

    @cached_property
    def most(self) -> int:
        """Cells of the longest."""
        return max(self.cells, self.header.width)


@dataclass(frozen=True)
class _Read:
    """Records, and how much of the text they were."""

    records: Records
    bytes: int
    lines: int


def find_layout(text: bytes, kind: Kind, limits: Limits) -> Layout:
    """The delimiter under which one of the first rows is a header. Raises FileRefusedError."""
    lines = text[:HEAD_BYTES].decode(errors="ignore").split("\n")
    best: Layout | None = None
    for delimiter in _candidates(text[:_PROBE_BYTES].decode(errors="ignore")):
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


def _candidates(beginning: str) -> list[str]:
    """The delimiters that a text may have, the likeliest first: what it says itself ('sep=;'), then the usual ones."""
    said = _SAID.match(beginning)
    usual, rare = (
        sorted(filter(beginning.__contains__, signs), key=lambda sign: -beginning.count(sign))
        for signs in (DELIMITERS, _RARE_DELIMITERS)
    )
    return [*(said[1] if said else ""), *usual, *rare, DELIMITERS[0]]


def read_records(pieces: Iterable[bytes], layout: Layout, limits: Limits) -> Iterator[Records]:
    """The rows below the header, part by part and none of them blank; pieces as text_file gives them, from the start.

    Where the pieces end changes no row. Raises FileRefusedError for a cell over the limit.
    """
    line, size, text = layout.header_lines, LARGEST_BLOCK, b""
    for piece, is_last in _with_last(_below(pieces, layout.header_lines)):
        text, at = text + piece, 0
        while at < len(text):
            if blank := _blank_bytes(text, at, layout.delimiter):
                line += text.count(b"\n", at, at + blank)
                at += blank
                continue
            if line > _MOST_LINES:
                raise unreadable(f"more than {_MOST_LINES} lines")
            block = _first_lines(text, at, size)
            read = _read_regular(block, layout, line, limits)
            if read is None and size > SMALLEST_BLOCK and len(block) > SMALLEST_BLOCK:
                # Only where it is not regular, the text is read with care.
                size = max(size // 4, SMALLEST_BLOCK)
                continue
            size = min(len(block) * 2, LARGEST_BLOCK)
            if read is None:
                read = _read_careful(text, at, len(block), is_last, layout, line)
            if not read.bytes:
                break
            at, line = at + read.bytes, line + read.lines
            if len(read.records):
                _check_cells(read.records, limits)
                yield read.records
        text = text[at:]
        if len(text) > limits.record_bytes:
            raise unreadable(f"a record of more than {limits.record_bytes} bytes")


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


def _below(pieces: Iterable[bytes], lines: int) -> Iterator[bytes]:
    """The text after so many lines."""
    for piece in pieces:
        start = 0
        while lines and start < len(piece):
            start = piece.find(b"\n", start) + 1 or len(piece)
            lines -= 1
        if start < len(piece):
            yield piece[start:] if start else piece


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece and whether it is the last one."""
    held = None
    for piece in pieces:
        if held is not None:
            yield held, False
        held = piece
    if held is not None:
        yield held, True


def _first_lines(text: bytes, start: int, size: int) -> bytes:
    """Whole lines of a text, of about so many bytes, and not too many; one line at least."""
    end = text.rfind(b"\n", start, start + size) + 1 or text.find(b"\n", start + size) + 1
    block = text[start : end or len(text)]
    while line_ends(block) > _LINES_OF_BLOCK:
        block = _first_lines(block, 0, len(block) // 2)
    return block


def _lines(block: bytes) -> int:
    return line_ends(block) + (not block.endswith(b"\n"))


def _read_regular(block: bytes, layout: Layout, line: int, limits: Limits) -> _Read | None:
    """Read through pyarrow, rows of an unusual number of cells aside; None unless every record is one line."""
    import numpy as np

    total = _lines(block)
    aside: list[tuple[int, str]] = []
    table = None if _may_go_on(block, layout.delimiter) else _parse(block, layout, aside)
    if table is None or table.num_rows + len(aside) != total:
        return None
    if any(text.count(layout.delimiter) >= limits.columns for _, text in aside):
        return None
    lines = np.arange(line + 1, line + total + 1, dtype=np.int32)
    if aside:
        lines = np.delete(lines, [number - 1 for number, _ in aside])
    columns = [column.combine_chunks() for column in table.columns]
    usual = records_of_columns(columns, lines, layout.header.width)
    unusual = [(number + line, _cells(text, layout)) for number, text in aside]
    return _Read(merged(usual, records_of_rows(unusual, layout.header.width)), len(block), total)


def _blank_bytes(text: bytes, start: int, delimiter: str) -> int:
    """How many bytes from here on are lines without a letter: a file may have millions of them, for nothing."""
    nothing = b" \t\n" + delimiter.encode()
    if text[start : start + 100].translate(None, nothing):
        return 0
    rest = text[start:]
    blank = len(rest) - len(rest.lstrip(nothing)) if rest.translate(None, nothing) else len(rest)
    return rest.rfind(b"\n", 0, blank) + 1


def _may_go_on(block: bytes, delimiter: str) -> bool:
    last = block[block.rfind(b"\n", 0, len(block) - 1) + 1 :]
    return careful.may_go_on(last.decode(), delimiter)


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
            csv.ReadOptions(use_threads=False, column_names=names, block_size=min(len(body) + 1, _PARSED_BYTES)),
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
    if '"' not in line:
        return line.split(layout.delimiter)
    [(_, cells)] = careful.records([line], layout.delimiter, layout.fewest, layout.most)
    return cells


def _read_careful(text: bytes, start: int, size: int, is_last: bool, layout: Layout, line: int) -> _Read:
    """Read the records that begin in a block; the lines below it tell where the last of them ends."""
    end = start + size
    lines = text[start:end].decode().split("\n")
    if not lines[-1]:
        lines.pop()
    before = len(lines)
    for _ in range(careful.MOST_LINES_OF_RECORD):
        if end >= len(text):
            break
        below = _first_lines(text, end, 1)
        lines.append(below.decode().removesuffix("\n"))
        end += len(below)
    shape = (layout.delimiter, layout.fewest, layout.most)
    found, used = careful.settled_records(lines, *shape, before, is_end=is_last and end >= len(text))
    rows = [(line + place + 1, cells) for place, cells in found]
    read = len("\n".join(lines[:used]).encode()) + (used > 0)
    return _Read(records_of_rows(rows, layout.header.width), min(read, len(text) - start), used)


def _check_cells(records: Records, limits: Limits) -> None:
    import pyarrow.compute as pc

    if records.found.max() > limits.columns:
        raise unreadable(f"a row of more than {limits.columns} cells")
    if pc.max(pc.binary_length(records.original)).as_py() <= limits.cell_characters:
        return
    long_rows = records.original.filter(pc.greater(pc.utf8_length(records.original), limits.cell_characters))
    for row in long_rows.to_pylist():
        if max(map(len, row.split(CELL_SEPARATOR))) > limits.cell_characters:
            raise unreadable(f"a cell of more than {limits.cell_characters} characters")
