"""A text file as parts of bounded size, each a SourceFile; together they are the file."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.intake.read import delimited, text_file
from vaxtally.intake.read.date_order import DateOrder
from vaxtally.intake.read.form_rows import without_form_rows_in_parts
from vaxtally.intake.read.records import Records, joined
from vaxtally.intake.read.source import Kind, Limits, SourceFile, unreadable
from vaxtally.intake.read.tables import Part, source_file

if TYPE_CHECKING:
    from hashlib import _Hash

    import numpy as np

# Fewer rows at once cost more than they save; more leave the memory that the processor and the allocator have at hand.
ROWS_OF_PART = 1 << 14
# Of their cells: a list of very long rows has fewer in a part.
BYTES_OF_PART = 1 << 24


def read_text(path: Path, kind: Kind, limits: Limits, digest: "_Hash | None") -> Iterator[SourceFile]:
    """The parts of a text file, one at least. Raises FileRefusedError, possibly after the last of them."""
    form = text_file.find_form(lambda: text_file.file_chunks(path), limits)
    pieces = text_file.normal_pieces(text_file.file_chunks(path, digest), form, limits)
    head, pieces = _with_head(pieces)
    layout = delimited.find_layout(head, kind, limits)
    records = delimited.read_records(pieces, layout, limits)
    order, broken, rows = DateOrder(kind), _BrokenRows(limits), 0
    for part in _gathered(without_form_rows_in_parts(records, layout.header, kind)):
        source = source_file([Part(None, layout.header, part)], kind, is_workbook=False, first_row=rows + 1)
        order.add(source.table)
        broken.add(source.table.column("cells_found").is_valid().to_numpy())
        rows += source.rows
        yield source
    order.check()


def _with_head(pieces: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Enough of the beginning to find the layout in, and all pieces with it."""
    coming, begun = iter(pieces), []
    while sum(map(len, begun)) < delimited.HEAD_BYTES and (piece := next(coming, None)) is not None:
        begun.append(piece)
    head = b"".join(begun)
    return head, chain([head], coming)


def _gathered(parts: Iterable[Records]) -> Iterator[Records]:
    """Small parts joined; one at least."""
    begun: list[Records] = []
    is_first = True
    for part in parts:
        begun.append(part)
        if sum(map(len, begun)) >= ROWS_OF_PART or sum(part.original.nbytes for part in begun) >= BYTES_OF_PART:
            yield joined(begun)
            begun, is_first = [], False
    if begun and (is_first or any(map(len, begun))):
        yield joined(begun)


class _BrokenRows:
    """How many rows on end do not fit the header. So many are another thing than a list with faults."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.broken_rows
        self._on_end = 0

    def add(self, broken: "np.ndarray") -> None:
        import numpy as np

        sound = np.flatnonzero(~broken)
        edges = np.concatenate([[-1 - self._on_end], sound, [len(broken)]])
        if np.diff(edges).max() > self._most + 1:
            raise unreadable(f"more than {self._most} broken rows on end")
        self._on_end = int(len(broken) - 1 - edges[-2])
