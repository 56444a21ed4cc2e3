"""Rule file.date_order: dates that somebody wrote month first are refused, never guessed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaxtally.intake.canonical.plain_dates import are_year_first
from vaxtally.intake.read.headers import label
from vaxtally.intake.read.source import FileRefusedError, Kind

if TYPE_CHECKING:
    import pyarrow as pa

DATE_COLUMNS = ("given_on", "birth_date", "birth_date_2", "declared_given_on")
# Fewer values than this prove nothing.
LEAST_VALUES = 5

# With or without a time before it or after it, and the apostrophe of a cell that is text.
_DATE = (
    r"^[\s']*(?:[0-2]?[0-9][:hHgG][0-5]?[0-9]?[^/]{0,12}?[\s,-]+)?"
    r"(?P<first>[0-9]{1,2})\s*[-/.]\s*(?P<second>[0-9]{1,2})\s*[-/.]\s*[0-9]{2,4}\b"
)


class DateOrder:
    """What the date columns of a file show, gathered from its parts."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self._shown = {name: _Shown() for name in DATE_COLUMNS}

    def add(self, table: "pa.Table") -> None:
        """Look at the date columns of a raw table."""
        for name, shown in self._shown.items():
            if name in table.column_names:
                shown.add(table.column(name))

    def check(self) -> None:
        """Raise FileRefusedError where a date column is written month first."""
        for name, shown in self._shown.items():
            if shown.is_month_first:
                raise FileRefusedError("file.date_order", {"column": label(name.removesuffix("_2"), self._kind)})


@dataclass
class _Shown:
    """Of one column: its values, and whether some can only be month-first, and some only day-first."""

    values: int = 0
    month_first: bool = False
    day_first: bool = False

    @property
    def is_month_first(self) -> bool:
        """Whether some value can only be month-first and none only day-first, among at least five values."""
        return self.values >= LEAST_VALUES and self.month_first and not self.day_first

    def add(self, column: "pa.ChunkedArray") -> None:
        """Look at more of its values."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.values < LEAST_VALUES:
            self.values += pc.sum(pc.match_substring_regex(column, r"[^\s]")).as_py() or 0
        # One date that is day-first settles it for the whole file.
        if self.day_first or column.null_count == len(column):
            return
        values = column.combine_chunks()
        # What is year-first shows nothing, and to find that out by the expression takes long.
        others = values.filter(pa.array(~are_year_first(values))).unique()
        if others.null_count == len(others):
            return
        parts = pc.drop_null(pc.extract_regex(others, _DATE))
        first = pc.cast(pc.struct_field(parts, "first"), "int32")
        second = pc.cast(pc.struct_field(parts, "second"), "int32")
        month_first = pc.and_(_is_month(first), _is_late_day(second))
        day_first = pc.and_(_is_late_day(first), _is_month(second))
        self.month_first = self.month_first or bool(pc.any(month_first).as_py())
        self.day_first = bool(pc.any(day_first).as_py())


def _is_month(number: "pa.Array") -> "pa.Array":
    import pyarrow.compute as pc

    return pc.and_(pc.greater_equal(number, 1), pc.less_equal(number, 12))


def _is_late_day(number: "pa.Array") -> "pa.Array":
    """A day that is no month. 0 and 40 are neither: they prove nothing."""
    import pyarrow.compute as pc

    return pc.and_(pc.greater(number, 12), pc.less_equal(number, 31))


def check_date_order(table: "pa.Table", kind: Kind) -> None:
    """Raise FileRefusedError where a date column of the raw table is written month first."""
    order = DateOrder(kind)
    order.add(table)
    order.check()
