"""Reading delimited text line by line, for files that are not regular.

An opening quote that is never closed would swallow every row after it. So a record may only go over several lines
where the result looks like a row; otherwise its quotes are letters like any other.
"""

import csv
from collections.abc import Iterator

# More lines than this in one cell: a stray quote, not a cell with line breaks.
MOST_LINES_OF_RECORD = 100
_NO_LIMIT = 2**31 - 1


def records(
    lines: list[str], delimiter: str, fewest: int, most: int, start: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Records as (first line from 0, cells). `fewest` to `most` cells is what a row of this file has."""
    # The module's own limit (131,072) is far below the contract's, which is checked afterwards.
    csv.field_size_limit(_NO_LIMIT)
    while start < len(lines):
        cells, used = _record(lines, start, delimiter, fewest, most)
        yield start, cells
        start += used


def settled_records(
    lines: list[str], delimiter: str, fewest: int, most: int, before: int, is_end: bool
) -> tuple[list[tuple[int, list[str]]], int]:
    """The records that begin before a line, and the first line not read. `is_end`: no more lines follow these.

    Where more follow, it stops at a record that they might still change.
    """
    csv.field_size_limit(_NO_LIMIT)
    found, start = [], 0
    while start < before and (is_end or '"' not in lines[start] or start + MOST_LINES_OF_RECORD <= len(lines)):
        cells, used = _record(lines, start, delimiter, fewest, most)
        found.append((start, cells))
        start += used
    return found, start


def may_go_on(line: str, delimiter: str) -> bool:
    """Whether a record may go on below its line: a quote is not closed, or not as it should be."""
    if '"' not in line:
        return False
    csv.field_size_limit(_NO_LIMIT)
    try:
        next(csv.reader([line + "\n"], delimiter=delimiter, strict=True))
    except csv.Error:
        return True
    return False


def _record(lines: list[str], start: int, delimiter: str, fewest: int, most: int) -> tuple[list[str], int]:
    line = lines[start]
    literal = line.split(delimiter)
    if '"' not in line:
        return literal, 1
    end = min(start + MOST_LINES_OF_RECORD, len(lines))
    reader = csv.reader((lines[i] + "\n" for i in range(start, end)), delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
        if reader.line_num == 1 or (fewest <= len(cells) <= most and not _holds_rows(cells, delimiter, fewest)):
            return cells, reader.line_num
    except csv.Error:
        pass
    lenient = next(csv.reader([line], delimiter=delimiter))
    return (lenient if fewest <= len(lenient) <= most else literal), 1


def _holds_rows(cells: list[str], delimiter: str, fewest: int) -> bool:
    """Whether a cell with line breaks holds so many delimiters that it must be rows that a stray quote swallowed."""
    return any("\n" in cell and cell.count(delimiter) >= max(fewest - 1, 1) for cell in cells)
