"""The rows below a header, column by column, however they were read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from vaxtally.intake.read.source import CELL_SEPARATOR

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# What str.strip leaves, and a reader does not see.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


@dataclass(frozen=True)
class Records:
    """Rows that are not blank, in file order.

    `columns`: one string array per header column, empty cells null · `lines`: int32 · `original`: cells joined ·
    `found`: int32, how many cells the row has · `surplus`: bool, a cell beyond the header is not empty.
    """

    columns: list["pa.Array"]
    lines: "np.ndarray"
    original: "pa.Array"
    found: "np.ndarray"
    surplus: "np.ndarray"

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, kept: "np.ndarray") -> "Records":
        """The rows that a mask keeps."""
        import pyarrow as pa

        if kept.all():
            return self
        mask = pa.array(kept)
        columns = [column.filter(mask) for column in self.columns]
        return Records(columns, self.lines[kept], self.original.filter(mask), self.found[kept], self.surplus[kept])

    def part(self, start: int, end: int) -> "Records":
        """The rows from `start` to before `end`."""
        length, place = max(end - start, 0), slice(start, end)
        columns = [column.slice(start, length) for column in self.columns]
        original = self.original.slice(start, length)
        return Records(columns, self.lines[place], original, self.found[place], self.surplus[place])


def is_blank(cell: str) -> bool:
    """Whether a cell shows nothing."""
    return not cell or not cell.strip().strip(_INVISIBLE).strip()


def records_of_rows(rows: Sequence[tuple[int, list[str]]], width: int) -> Records:
    """Rows as (line, cells), of any number of cells; blank ones are left out."""
    import numpy as np
    import pyarrow as pa

    kept = [(line, cells) for line, cells in rows if not all(map(is_blank, cells))]
    lines = np.array([line for line, _ in kept], dtype=np.int32)
    trimmed = [_without_blank_surplus(cells, width) for _, cells in kept]
    padded = [cells[:width] + [""] * (width - len(cells)) for cells in trimmed]
    by_column = list(zip_longest(*padded)) or [()] * width
    return Records(
        columns=[pa.array([cell or None for cell in column], pa.string()) for column in by_column],
        lines=lines,
        original=pa.array(
            [CELL_SEPARATOR.join(row + more[width:]) for row, more in zip(padded, trimmed, strict=True)], pa.string()
        ),
        found=np.array([len(cells) for cells in trimmed], dtype=np.int32),
        surplus=np.array([len(cells) > width for cells in trimmed], dtype=bool),
    )


def records_of_columns(columns: "list[pa.Array]", lines: "np.ndarray", width: int) -> Records:
    """Rows that all have as many cells as there are columns; blank ones are left out."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    seen = ~blank_rows(columns)
    if not seen.all():
        mask = pa.array(seen)
        columns, lines = [column.filter(mask) for column in columns], lines[seen]
    found = np.full(len(lines), len(columns), dtype=np.int32)
    surplus = np.zeros(len(lines), dtype=bool)
    inside, beyond = columns[:width], columns[width:]
    inside += [pa.nulls(len(lines), pa.string())] * (width - len(inside))
    original = pc.binary_join_element_wise(*inside, CELL_SEPARATOR, null_handling="replace", null_replacement="")
    for place, column in enumerate(beyond, start=width + 1):
        filled = ~_blank_cells(column)
        found[filled], surplus = place, surplus | filled
    if surplus.any():
        all_cells = pc.binary_join_element_wise(
            original, *beyond, CELL_SEPARATOR, null_handling="replace", null_replacement=""
        )
        original = pc.if_else(pa.array(surplus), all_cells, original)
    return Records(inside, lines, original, found, surplus)


def joined(parts: Sequence[Records]) -> Records:
    """All of them, one after the other; at least one."""
    import numpy as np
    import pyarrow as pa

    if len(parts) == 1:
        return parts[0]
    return Records(
        columns=[pa.concat_arrays(arrays) for arrays in zip(*(part.columns for part in parts), strict=True)],
        lines=np.concatenate([part.lines for part in parts]),
        original=pa.concat_arrays([part.original for part in parts]),
        found=np.concatenate([part.found for part in parts]),
        surplus=np.concatenate([part.surplus for part in parts]),
    )


def merged(first: Records, second: Records) -> Records:
    """Both in the order of their lines."""
    import numpy as np
    import pyarrow as pa

    if not len(second):
        return first
    both = joined([first, second])
    order = np.argsort(both.lines, kind="stable")
    places = pa.array(order)
    columns = [column.take(places) for column in both.columns]
    return Records(columns, both.lines[order], both.original.take(places), both.found[order], both.surplus[order])


def _without_blank_surplus(cells: list[str], width: int) -> list[str]:
    end = len(cells)
    while end > width and is_blank(cells[end - 1]):
        end -= 1
    return cells[:end]


def blank_rows(columns: "list[pa.Array]") -> "np.ndarray":
    """Rows in which every cell is blank; looks only as far as some row may still be one."""
    import numpy as np
    import pyarrow as pa

    blank = np.ones(len(columns[0]), dtype=bool)
    # A column with few empty cells settles it soonest.
    for column in sorted(columns, key=lambda column: column.null_count):
        blank &= ~_begins_visibly(column)
        left = np.flatnonzero(blank)
        if not len(left):
            break
        blank[left] = _blank_cells(column.take(pa.array(left)))
    return blank


def _begins_visibly(column: "pa.Array") -> "np.ndarray":
    """Which cells begin with a letter, digit or sign of ASCII: most are told from blank ones by their first byte."""
    import numpy as np

    _, ends, content = column.buffers()
    if content is None or not content.size:
        return np.zeros(len(column), dtype=bool)
    edges = np.frombuffer(ends, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    signs = np.frombuffer(content, dtype=np.uint8)
    first = signs[np.minimum(edges[:-1], len(signs) - 1)]
    return (edges[:-1] < edges[1:]) & (first > ord(" ")) & (first < 0x7F)


def _blank_cells(column: "pa.Array") -> "np.ndarray":
    import pyarrow.compute as pc

    shown = pc.utf8_trim(pc.utf8_trim_whitespace(column), _INVISIBLE + " ")
    return pc.fill_null(pc.equal(shown, ""), True).to_numpy(zero_copy_only=False)
