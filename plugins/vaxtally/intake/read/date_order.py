"""Rule file.date_order: dates that somebody wrote month first are refused, never guessed."""

from typing import TYPE_CHECKING

from vaxtally.intake.read.headers import label
from vaxtally.intake.read.source import FileRefusedError, Kind

if TYPE_CHECKING:
    import pyarrow as pa

DATE_COLUMNS = ("given_on", "birth_date", "birth_date_2", "declared_given_on")
# Fewer values than this prove nothing.
LEAST_VALUES = 5

_DATE = r"^\s*(?P<first>[0-9]{1,2})\s*[-/.]\s*(?P<second>[0-9]{1,2})\s*[-/.]\s*[0-9]{2,4}\b"
_SECOND_NO_MONTH = r"^\s*[0-9]{1,2}\s*[-/.]\s*(?:1[3-9]|[2-9][0-9])\s*[-/.]\s*[0-9]{2,4}\b"


def check_date_order(table: "pa.Table", kind: Kind) -> None:
    """Raise FileRefusedError where a date column of the raw table is written month first."""
    for name in DATE_COLUMNS:
        if name in table.column_names and is_month_first(table.column(name)):
            raise FileRefusedError("file.date_order", {"column": label(name.removesuffix("_2"), kind)})


def is_month_first(column: "pa.ChunkedArray") -> bool:
    """Whether some value can only be month-first and none only day-first, among at least five values."""
    import pyarrow.compute as pc

    if len(column) - column.null_count < LEAST_VALUES:
        return False
    distinct = column.unique()
    if not pc.any(pc.match_substring_regex(distinct, _SECOND_NO_MONTH)).as_py():
        return False
    parts = pc.drop_null(pc.extract_regex(distinct, _DATE))
    first = pc.cast(pc.struct_field(parts, "first"), "int32")
    second = pc.cast(pc.struct_field(parts, "second"), "int32")
    month_only = pc.and_(pc.less_equal(first, 12), pc.greater(second, 12))
    day_only = pc.and_(pc.greater(first, 12), pc.less_equal(second, 12))
    return pc.any(month_only).as_py() and not pc.any(day_only).as_py()
