"""The cleaned cells of a source by field, and the columns that every staged table shares."""

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from vaxtally.intake.canonical.cells import are_clean, clean, has_apostrophe, without_apostrophe
from vaxtally.intake.canonical.dates import Serials

if TYPE_CHECKING:
    import pyarrow as pa

    from vaxtally.intake.read import SourceFile


# Of these, what is taken away is a repair with a remark of its own.
_NUMBERS = ("national_id", "health_insurance_no", "phone")


class SourceCells:
    """Cells of a SourceFile. `cells[field]` is null everywhere where the file has no such column."""

    def __init__(self, source: "SourceFile") -> None:
        self.table = source.table
        self.rows = source.rows
        self.serials = Serials.NONE
        if source.is_workbook:
            self.serials = Serials.FROM_1904 if source.dates_from_1904 else Serials.FROM_1900
        self._fields = frozenset(source.table.column_names)

    def __getitem__(self, field: str) -> "pa.Array":
        import pyarrow as pa

        if field not in self._fields:
            return pa.nulls(self.rows, pa.string())
        cells = self.raw(field) if self._are_clean else clean(self.raw(field))
        return without_apostrophe(cells) if self._may_lose_apostrophe and not field.startswith(_NUMBERS) else cells

    def __contains__(self, field: str) -> bool:
        return field in self._fields

    @cached_property
    def _are_clean(self) -> bool:
        """Asked once of whole rows, not of each column."""
        return are_clean(self.raw("original"))

    @cached_property
    def _may_lose_apostrophe(self) -> bool:
        return has_apostrophe(self.raw("original"))

    def raw(self, field: str) -> "pa.Array":
        """A column as it was read."""
        column = self.table.column(field)
        # Combining copies, also where there is nothing to combine.
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

    def row_columns(self, sender_unit_code: str | None, received_on: date) -> "dict[str, pa.Array]":
        """Where each row stands, and who sent it when."""
        import pyarrow as pa

        return {
            **{name: self.raw(name) for name in ("row_number", "sheet", "line", "original")},
            "sender_unit_code": pa.repeat(pa.scalar(sender_unit_code, pa.string()), self.rows),
            "received_on": pa.repeat(pa.scalar(received_on, pa.date32()), self.rows),
            **{name: self.raw(name) for name in ("cells_found", "cells_expected")},
        }
