"""What reading a file yields: its columns, its rows, or the reason why it is refused."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vaxtally.errors import VaxtallyError

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["upload", "report"]

# Joins the cells of a row in `original`; a cell that holds it gets a space instead.
CELL_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Limits:
    """How much one file may ask for. Contract: rule file.unreadable."""

    file_bytes: int = 4 * 1024**3
    unpacked_bytes: int = 1024**3
    unpacked_ratio: int = 200
    cell_characters: int = 1_000_000
    columns: int = 500
    # Of CSV: one line; and broken rows on end, of which no unit has sent so many.
    record_bytes: int = 16 * 1024**2
    broken_rows: int = 100_000
    sheets: int = 1000
    # The child that parses a workbook: address space and processor time, before what its size adds (workbook_budget).
    child_memory_bytes: int = 384 * 1024**2
    child_seconds: int = 6


@dataclass(frozen=True)
class HeaderColumn:
    """A column as the unit named it, and the canonical field it was read as (None: kept aside)."""

    name: str
    field: str | None


@dataclass(frozen=True)
class SourceFile:
    """A file that could be read.

    `table` has one row per data row. Columns named by canonical field hold the cells as sent (strings, empty is null;
    a field is absent where the file has no such column). A second column of a field that may have two is
    `national_id_2`, `birth_date_2`. Always there:
    `row_number` int32 from 1 · `sheet` string, null for CSV · `line` int32, as the unit sees it ·
    `original` string, the cells in the order of `header` joined by CELL_SEPARATOR, cells beyond the header after them ·
    `cells_found`, `cells_expected` int32, null unless the row is malformed.
    """

    header: list[HeaderColumn]
    table: "pa.Table"
    is_workbook: bool
    # Day 0 of a workbook's serials is 1904-01-01, as in lists made on old Macs.
    dates_from_1904: bool = False

    @property
    def rows(self) -> int:
        """Data rows; 0 is rule file.empty."""
        return self.table.num_rows


class FileRefusedError(VaxtallyError):
    """A file that goes to quarantine: `rule` is a code of level file, `values` fill its message."""

    def __init__(self, rule: str, values: dict[str, str] | None = None) -> None:
        self.rule = rule
        self.values = values or {}
        details = ", ".join(f"{name}: {value}" for name, value in self.values.items())
        super().__init__(f"{rule} ({details})" if details else rule)


def unreadable(reason: str) -> FileRefusedError:
    """The refusal of a file that cannot be read as CSV or Excel; the reason is for operators."""
    return FileRefusedError("file.unreadable", {"reason": reason})
