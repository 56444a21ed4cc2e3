"""Cells as the registry keeps them: trimmed, in one line, null where nothing is left."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vaxtally.intake.read.signs import holds_pair
from vaxtally.intake.read.source import CELL_SEPARATOR

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# No character that is removed, becomes a space (_INVISIBLE, _SPACES) or is a combining mark has one of these bytes.
_HARMLESS = bytes(set(range(0x20, 0x100)) - {0x7F, 0xC2, 0xCC, 0xCD, 0xE2, 0xE3, 0xEF})
_SPACES = r"[\x00-\x1f\x7f\x{80}-\x{a0}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_INVISIBLE = r"[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]"


def clean(column: "pa.Array") -> "pa.Array":
    """Control characters and odd spaces become spaces, invisible characters go, the rest is trimmed; empty is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count == len(column):
        return column
    if _is_suspect(column):
        column = pc.replace_substring_regex(column, _SPACES, " ")
        column = pc.replace_substring_regex(column, _INVISIBLE, "")
        # A mark may now stand behind its letter.
        column = pc.utf8_normalize(column, "NFC")
    if not _may_be_trimmed(column):
        return column
    column = pc.ascii_trim_whitespace(column)
    empty = pc.equal(column, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), column) if pc.any(empty).as_py() else column


def are_clean(rows: "pa.Array") -> bool:
    """Whether `clean` would leave every cell of these rows as it is: rows of cells joined by CELL_SEPARATOR."""
    content, separator, space = _bytes(rows), ord(CELL_SEPARATOR), ord(" ")
    return not (
        content.translate(None, _HARMLESS + CELL_SEPARATOR.encode())
        or holds_pair(content, separator, space)
        or holds_pair(content, space, separator)
        or any((signs == space).any() for signs in _first_and_last(rows))
    )


def has_apostrophe(rows: "pa.Array") -> bool:
    """Whether some text has one."""
    return b"'" in _bytes(rows)


def without_apostrophe(column: "pa.Array") -> "pa.Array":
    """Without the apostrophe that a spreadsheet puts before what is text and not a number: '01, '05/08/2021."""
    import pyarrow.compute as pc

    if column.null_count == len(column) or not has_apostrophe(column):
        return column
    return clean(pc.utf8_ltrim(column, "'"))


def single_spaced(column: "pa.Array") -> "pa.Array":
    """Runs of spaces as one space."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(column, "  +", " ") if b"  " in _bytes(column) else column


def looked_up(column: "pa.Array", read: Callable[[str], Any], kind: "pa.DataType") -> "pa.Array":
    """What `read` makes of each cell, called once for each distinct one; null stays null."""
    import pyarrow as pa

    if column.null_count == len(column):
        return pa.nulls(len(column), kind)
    encoded = column.dictionary_encode()
    values = pa.array([read(text) for text in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def _is_suspect(column: "pa.Array") -> bool:
    return bool(_bytes(column).translate(None, _HARMLESS))


def _may_be_trimmed(column: "pa.Array") -> bool:
    """Whether some cell is empty, or may begin or end in a space. Two bytes of each tell, faster than trimming."""
    filled = len(column) - column.null_count
    first, last = _first_and_last(column)
    return len(first) < filled or bool((first <= ord(" ")).any() or (last <= ord(" ")).any())


def _first_and_last(column: "pa.Array") -> "tuple[np.ndarray, np.ndarray]":
    """The first and the last byte of each cell that has any."""
    import numpy as np

    _, edges, content = column.buffers()
    if content is None or not content.size:
        return np.zeros(0, np.uint8), np.zeros(0, np.uint8)
    edges = np.frombuffer(edges, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    starts, ends = edges[:-1], edges[1:]
    filled = starts < ends
    if not filled.all():
        starts, ends = starts[filled], ends[filled]
    signs = np.frombuffer(content, dtype=np.uint8)
    return signs[starts], signs[ends - 1]


def _bytes(column: "pa.Array") -> bytes:
    """The text of all cells, one after the other; possibly more, where the array is a part of another."""
    buffer = column.buffers()[2]
    return buffer.to_pybytes() if buffer is not None else b""
