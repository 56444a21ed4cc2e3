"""Rows that were kept, rejected or held, as a reader yields them: the unit's own cells in the columns of its header."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vaxtally.intake.read import CELL_SEPARATOR, HeaderColumn, SourceFile
from vaxtally.intake.read.headers import MAY_DIFFER

if TYPE_CHECKING:
    import pyarrow as pa

# Cells are wide, and rows are judged again some at a time, so that memory does not grow with the file.
SLICE_ROWS = 50_000


def kept_source(header: Sequence[Mapping[str, str | None]], rows: "pa.Table", dates_from_1904: bool) -> SourceFile:
    """Rows of intake/row/select_cells below their file's header ([{name, field}]), as if the file were read again.

    What depends on the file and not on its cells is as it was found when the file came: sheet, line, row number, and
    whether a row has too many or too few cells.
    """
    import pyarrow as pa

    columns = [HeaderColumn(str(column["name"]), column["field"]) for column in header]
    kept = {name: rows.column(name).combine_chunks() for name in rows.column_names}
    groups: dict[str, list[pa.Array]] = defaultdict(list)
    for column, cells in zip(columns, _cells(kept["original"], len(columns)), strict=True):
        if column.field:
            groups[column.field].append(cells)
    # Only workbooks have sheets; what a number in a date's cell means depends on it.
    is_workbook = kept["sheet"].null_count < len(rows)
    return SourceFile(columns, pa.table({**_by_field(groups), **kept}), is_workbook, dates_from_1904)


def _cells(original: "pa.Array", width: int) -> "list[pa.Array]":
    """The first `width` cells of each row, column by column; empty is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Of a file with several sheets a row may have fewer cells than the common header.
    padded = pc.binary_join_element_wise(original, pa.scalar(CELL_SEPARATOR * width), "")
    lists = pc.split_pattern(padded, CELL_SEPARATOR)
    nothing = pa.scalar(None, pa.string())
    columns = [pc.list_element(lists, place) for place in range(width)]
    return [pc.if_else(pc.equal(column, ""), nothing, column) for column in columns]


def _by_field(groups: "dict[str, list[pa.Array]]") -> "dict[str, pa.Array]":
    """Several columns of one field agreed when the file came, but for those that may differ."""
    import pyarrow.compute as pc

    columns = {}
    for field, group in groups.items():
        if field in MAY_DIFFER:
            columns |= {f"{field}_{place}" if place > 1 else field: one for place, one in enumerate(group, start=1)}
        else:
            columns[field] = pc.coalesce(*group) if len(group) > 1 else group[0]
    return columns
