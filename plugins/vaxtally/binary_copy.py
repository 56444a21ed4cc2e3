"""Rows in PostgreSQL's binary COPY format, made from Arrow columns without a Python object for each cell.

The server reads it in three quarters of the time that text takes: no signs to look for, no dates and numbers to parse.
Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = -1
# Day 0 of PostgreSQL, 2000-01-01, in days since 1970.
_DAY_ZERO = 10957
# Of rows written at once: less than the server has for a COPY before it must write pages out itself.
_COPIED_BYTES = 1 << 24
NO_DEFAULTS: "Mapping[str, Any]" = MappingProxyType({})


class Batch(NamedTuple):
    """Rows as the server takes them in one COPY of these columns."""

    columns: list[str]
    rows: "pa.Buffer"


def batches_of(data: "pa.Table", defaults: "Mapping[str, Any]" = NO_DEFAULTS) -> list[Batch]:
    """A table whose columns are named as those of the server's and have its types; nulls stay null.

    Types: string text, bool boolean, int16 smallint, int32 integer, int64 bigint, date32 date. `defaults`: all that the
    server's columns have. A column that is its default throughout a batch (null where it has none) is not sent.
    """
    rows_at_once = max(data.num_rows * _COPIED_BYTES // (data.nbytes + 1), 1)
    return [_filled(batch, defaults) for batch in data.combine_chunks().to_batches(max_chunksize=rows_at_once)]


def _filled(batch: "pa.RecordBatch", defaults: "Mapping[str, Any]") -> Batch:
    columns = zip(batch.schema.names, batch.columns, strict=True)
    sent = [name for name, column in columns if not _is_throughout(column, defaults.get(name))]
    return Batch(*rows_of(batch.select(sent)))


def _is_throughout(column: "pa.Array", value: Any) -> bool:
    import pyarrow.compute as pc

    if value is None:
        return column.null_count == len(column)
    return not column.null_count and bool(pc.all(pc.equal(column, value)).as_py())


def rows_of(batch: "pa.RecordBatch") -> "tuple[list[str], pa.Buffer]":
    """The names of the columns in the order in which they are written, and the rows; all of it below 2 GB.

    Columns are string, bool, date32 or numbers. Those of one width throughout come first: they and their lengths are
    one block for each row. The others are joined to it cell by cell, each behind its length.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    values = {name: _values(column) for name, column in columns.items()}
    even = {name: cells for name, cells in values.items() if cells is not None and not columns[name].null_count}
    uneven = [name for name in columns if name not in even]
    pieces = []
    for name in uneven:
        lengths, cells = _lengths_and_cells(columns[name], values[name])
        pieces += [_pieces(lengths), cells]
    block = _block(len(columns), even, batch.num_rows)
    if not uneven:
        return list(even), pa.py_buffer(block)
    nothing = pa.scalar(b"", pa.binary())
    rows = pc.binary_join_element_wise(_pieces(block), *pieces, nothing, null_handling="replace", null_replacement=b"")
    return [*even, *uneven], rows.buffers()[2]


def _block(fields: int, even: "dict[str, np.ndarray]", rows: int) -> "np.ndarray":
    """For each row the number of its fields, then each even column's length and value."""
    import numpy as np

    form: list[tuple[str, object]] = [("number of fields", ">i2")]
    for name, cells in even.items():
        form += [(f"length of {name}", ">i4"), (name, cells.dtype)]
    block = np.empty(rows, dtype=np.dtype(form))
    block["number of fields"] = fields
    for name, cells in even.items():
        block[f"length of {name}"], block[name] = cells.dtype.itemsize, cells
    return block


def _lengths_and_cells(column: "pa.Array", values: "np.ndarray | None") -> "tuple[np.ndarray, pa.Array]":
    """Length of each cell, -1 where it is null; and the cells as bytes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if values is None:
        lengths, cells = np.diff(_edges(column)).astype(">i4"), column.cast(pa.binary())
    else:
        lengths = np.full(len(column), values.dtype.itemsize, ">i4")
        cells = pc.if_else(column.is_valid(), _pieces(values), pa.scalar(None, pa.binary()))
    if column.null_count:
        lengths[column.is_null().to_numpy(zero_copy_only=False)] = _NULL
    return lengths, cells


def _values(column: "pa.Array") -> "np.ndarray | None":
    """The cells in the server's form, all of one width; None where texts are not."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_string(column.type):
        return _texts_of_one_length(column)
    if pa.types.is_boolean(column.type):
        return column.cast(pa.uint8()).fill_null(0).to_numpy(zero_copy_only=False)
    if pa.types.is_date32(column.type):
        days = column.cast(pa.int32()).fill_null(_DAY_ZERO).to_numpy(zero_copy_only=False)
        return (days - np.int32(_DAY_ZERO)).astype(">i4")
    numbers = column.fill_null(0).to_numpy(zero_copy_only=False)
    return numbers.astype(numbers.dtype.newbyteorder(">"))


def _texts_of_one_length(column: "pa.Array") -> "np.ndarray | None":
    import numpy as np

    if column.null_count:
        return None
    edges = _edges(column)
    length = int(edges[1] - edges[0])
    if not length or (np.diff(edges) != length).any():
        return None
    return np.frombuffer(column.buffers()[2], dtype=f"V{length}", count=len(column), offset=int(edges[0]))


def _edges(column: "pa.Array") -> "np.ndarray":
    """Where each text begins and the last one ends."""
    import numpy as np

    return np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + len(column) + 1]


def _pieces(values: "np.ndarray") -> "pa.Array":
    """Values of one width as an array of bytes."""
    import numpy as np
    import pyarrow as pa

    width, count = values.dtype.itemsize, len(values)
    edges = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(edges), pa.py_buffer(values)])
