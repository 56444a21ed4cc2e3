"""From records to the table of a SourceFile: columns by field, repeated columns settled, malformed rows marked."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vaxtally.intake.read.headers import MAY_DIFFER, Header, check_repeats, label
from vaxtally.intake.read.records import Records
from vaxtally.intake.read.returned import REF, restored_records, surplus_places
from vaxtally.intake.read.source import CELL_SEPARATOR, FileRefusedError, HeaderColumn, Kind, SourceFile
from vaxtally.text import fold

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Part:
    """A CSV file (`sheet` None) or one sheet of a workbook."""

    sheet: str | None
    header: Header
    records: Records


def source_file(parts: list[Part], kind: Kind, is_workbook: bool, first_row: int = 1) -> SourceFile:
    """One table over all parts, its rows numbered from `first_row`. Raises FileRefusedError file.header_ambiguous."""
    import numpy as np
    import pyarrow as pa

    parts = [replace(part, records=restored_records(part.records, part.header)) for part in parts]
    for part in parts:
        check_repeats(part.header, kind)
    header = _common_header(parts)
    tables = [_table(part, header, kind, is_workbook) for part in parts]
    table = tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="default")
    table = table.append_column(
        "row_number", pa.array(np.arange(first_row, first_row + table.num_rows, dtype=np.int32))
    )
    return SourceFile(header, table.combine_chunks(), is_workbook)


def whole(sources: list[SourceFile]) -> SourceFile:
    """The parts of one file as one."""
    import pyarrow as pa

    if len(sources) == 1:
        return sources[0]
    table = pa.concat_tables([source.table for source in sources]).combine_chunks()
    return replace(sources[0], table=table)


def _common_header(parts: list[Part]) -> list[HeaderColumn]:
    """The first part's columns, then those that only a later part has."""
    columns: dict[tuple[str, int], HeaderColumn] = {}
    for part in parts:
        columns |= {key: column for key, column in _keyed(part.header).items() if key not in columns}
    return list(columns.values())


def _keyed(header: Header) -> dict[tuple[str, int], HeaderColumn]:
    """Columns by folded text and how often that text stood before."""
    keyed: dict[tuple[str, int], HeaderColumn] = {}
    seen: dict[str, int] = defaultdict(int)
    for text, field in zip(header.texts, header.fields, strict=True):
        key = fold(text)
        keyed[key, seen[key]] = HeaderColumn(text, field)
        seen[key] += 1
    return keyed


def _table(part: Part, header: list[HeaderColumn], kind: Kind, is_workbook: bool) -> "pa.Table":
    import pyarrow as pa

    records = part.records
    columns = _by_field(part, kind)
    found, expected = _malformed(part) if not is_workbook else (None, None)
    columns |= {
        "sheet": pa.repeat(pa.scalar(part.sheet, pa.string()), len(records)),
        "line": pa.array(records.lines, pa.int32()),
        "original": _original(part, header),
        "cells_found": found if found is not None else pa.nulls(len(records), pa.int32()),
        "cells_expected": expected if expected is not None else pa.nulls(len(records), pa.int32()),
    }
    return pa.table(columns)


def _by_field(part: Part, kind: Kind) -> "dict[str, pa.Array]":
    """The cells by field; several columns of one field are settled."""
    import pyarrow.compute as pc

    groups: dict[str, list[pa.Array]] = defaultdict(list)
    for field, column in zip(part.header.fields, part.records.columns, strict=True):
        if field:
            groups[field].append(column)
    columns = {}
    for field, group in groups.items():
        if field in MAY_DIFFER:
            columns |= {f"{field}_{place}" if place > 1 else field: one for place, one in enumerate(group, start=1)}
            continue
        if any(_differ(group[0], other) for other in group[1:]):
            raise FileRefusedError("file.header_ambiguous", {"column": label(field, kind)})
        columns[field] = pc.coalesce(*group) if len(group) > 1 else group[0]
    return columns


def _differ(one: "pa.Array", other: "pa.Array") -> bool:
    """Whether both hold a value, and not the same, in some row."""
    import pyarrow.compute as pc

    different = pc.not_equal(pc.utf8_trim_whitespace(one), pc.utf8_trim_whitespace(other))
    return bool(pc.any(different).as_py())


def _malformed(part: Part) -> "tuple[pa.Array, pa.Array]":
    """Rule row.malformed: cells found and expected where the row has too many or too few; null elsewhere."""
    import pyarrow as pa

    records, header = part.records, part.header
    sound = (records.found >= header.cells_needed) & ~records.surplus
    width = header.width - (len(surplus_places(header.texts)) if REF in header.fields else 0)
    found = pa.array(records.found, pa.int32(), mask=sound)
    expected = pa.array(records.found * 0 + width, pa.int32(), mask=sound)
    return found, expected


def _original(part: Part, header: list[HeaderColumn]) -> "pa.Array":
    """The cells in the order of the common header."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = list(_keyed(part.header))
    keys = list(_keyed(Header(tuple(c.name for c in header), tuple(c.field for c in header), ())))
    if own == keys:
        return part.records.original
    by_key = dict(zip(own, part.records.columns, strict=True))
    nothing = pa.nulls(len(part.records), pa.string())
    cells = [by_key.get(key, nothing) for key in keys]
    return pc.binary_join_element_wise(*cells, CELL_SEPARATOR, null_handling="replace", null_replacement="")
