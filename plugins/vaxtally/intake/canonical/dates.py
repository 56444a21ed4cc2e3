"""Dates day first, ISO dates, Excel serials, and birth dates of which only the month or the year is known."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from vaxtally.intake.canonical.plain_dates import read_plain

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_TIME = r"[0-2]?[0-9](?:[:hHgG][0-5]?[0-9]p?)(?::[0-5]?[0-9](?:\.[0-9]+)?)?(?: ?(?:AM|PM|am|pm|SA|CH|sa|ch))?"
_SEPARATOR = r" ?[-/.] ?"
_DAY_MONTH_YEAR = rf"(?P<day>[0-9]{{1,2}}){_SEPARATOR}(?P<month>[0-9]{{1,2}}){_SEPARATOR}(?P<year>[0-9]{{4}})"
DAY_FIRST = rf"^{_DAY_MONTH_YEAR}(?:[ ,]+{_TIME})?$"
TIME_THEN_DAY_FIRST = rf"^{_TIME}[ ,-]+{_DAY_MONTH_YEAR}$"
YEAR_FIRST = rf"^(?P<year>[0-9]{{4}})[-/.](?P<month>[0-9]{{1,2}})[-/.](?P<day>[0-9]{{1,2}})(?:[ T]+{_TIME})?$"
_UNKNOWN = r"(?:0{1,2}|[-_?xX.]{1,2})"
MONTH_OF_YEAR = rf"^(?:{_UNKNOWN}{_SEPARATOR})?(?P<month>[0-9]{{1,2}}){_SEPARATOR}(?P<year>[0-9]{{4}})$"
YEAR_THEN_MONTH = r"^(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})$"
YEAR_ALONE = rf"^(?:{_UNKNOWN}{_SEPARATOR}{_UNKNOWN}{_SEPARATOR})?(?P<year>[0-9]{{4}})(?:\.0)?$"
SERIAL = r"^(?P<serial>[0-9]{1,5})(?:\.[0-9]+)?$"

# The most precise first.
PRECISIONS = ("day", "month", "year")
# A whole number in this range under birth date is a year, also in a workbook.
_YEARS = (1900, 2100)


class Serials(IntEnum):
    """Whether whole numbers count days, and the day 0 they count from (days since 1970)."""

    NONE = 0
    # Excel takes 1900 for a leap year: serials from March 1900 count from 1899-12-30, those before are a day off.
    FROM_1900 = -25569
    FROM_1904 = -24107

    @property
    def first_sound(self) -> int:
        return 61 if self is Serials.FROM_1900 else 0


@dataclass(frozen=True)
class Dates:
    """`first` and `last` possible day (date32), and `precision` day, month or year; null where unreadable."""

    first: "pa.Array"
    last: "pa.Array"
    precision: "pa.Array"


def read_days(texts: "pa.Array", serials: Serials = Serials.NONE) -> "pa.Array":
    """Dates to the day (date32), with or without a time; null where the text is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if texts.null_count == len(texts):
        return pa.nulls(len(texts), pa.date32())
    encoded = texts.dictionary_encode()
    found = _Found(encoded.dictionary)
    _read_whole(found)
    if serials:
        found.take_serials(serials)
    dates = found.dates()
    whole = pc.equal(dates.precision, "day")
    return pc.if_else(whole, dates.first, pa.scalar(None, pa.date32())).take(encoded.indices)


def read_birth_dates(texts: "pa.Array", serials: Serials = Serials.NONE) -> Dates:
    """Dates of birth, also only of a month or a year; null where the text is none."""
    encoded = texts.dictionary_encode()
    found = _Found(encoded.dictionary)
    _read_whole(found)
    found.match(MONTH_OF_YEAR)
    found.match(YEAR_THEN_MONTH)
    found.match(YEAR_ALONE, years=_YEARS if serials else None)
    if serials:
        found.take_serials(serials)
    dates = found.dates()
    take = encoded.indices
    return Dates(dates.first.take(take), dates.last.take(take), dates.precision.take(take))


def _read_whole(found: "_Found") -> None:
    found.match_plain()
    for form in (DAY_FIRST, YEAR_FIRST, TIME_THEN_DAY_FIRST):
        found.match(form)


class _Found:
    """Year, month and day of each text as far as forms have matched; month or day 0: unknown."""

    def __init__(self, texts: "pa.Array") -> None:
        import numpy as np

        self.texts = texts
        self.left = np.arange(len(texts))
        self.year, self.month, self.day = (np.zeros(len(texts), dtype=np.int64) for _ in range(3))

    def match_plain(self) -> None:
        """Take the texts that are no more than digits and separators."""
        import numpy as np

        plain = read_plain(self.texts)
        self.year, self.month, self.day = plain.year, plain.month, plain.day
        self.left = np.flatnonzero(~plain.is_plain)

    def match(self, form: str, years: tuple[int, int] | None = None) -> None:
        """Take the parts of the texts that have this form and are not read yet."""
        import numpy as np

        parts, here = self._extract(form)
        if parts is None:
            return
        numbers = {name: _numbers(parts, name) for name in ("year", "month", "day")}
        if years:
            within = (numbers["year"] >= years[0]) & (numbers["year"] <= years[1])
            here, numbers = here[within], {name: values[within] for name, values in numbers.items()}
        self.year[here], self.month[here], self.day[here] = numbers["year"], numbers["month"], numbers["day"]
        self.left = self.left[~np.isin(self.left, here)] if len(here) < len(self.left) else here[:0]

    def take_serials(self, serials: Serials) -> None:
        """Read what is left as a spreadsheet's serials."""
        parts, here = self._extract(SERIAL)
        if parts is None:
            return
        serial = _numbers(parts, "serial")
        here, serial = here[serial >= serials.first_sound], serial[serial >= serials.first_sound]
        days = (serial + serials).astype("datetime64[D]")
        months, years = days.astype("datetime64[M]"), days.astype("datetime64[Y]")
        self.year[here] = years.astype("int64") + 1970
        self.month[here] = (months - years).astype("int64") + 1
        self.day[here] = (days - months).astype("int64") + 1

    def dates(self) -> Dates:
        """What was found, checked against the calendar."""
        import numpy as np
        import pyarrow as pa

        month_known, day_known = self.month > 0, self.day > 0
        month = np.where(month_known, self.month, 1)
        starts = ((self.year - 1970) * 12 + month - 1).astype("datetime64[M]")
        first = starts.astype("datetime64[D]") + np.where(day_known, self.day - 1, 0)
        month_end = (starts + 1).astype("datetime64[D]") - 1
        year_end = (self.year - 1969).astype("datetime64[Y]").astype("datetime64[D]") - 1
        last = np.where(day_known, first, np.where(month_known, month_end, year_end))
        unreadable = (self.year == 0) | (month > 12) | (first > month_end) | (day_known & ~month_known)
        places = pa.array(np.where(day_known, 0, np.where(month_known, 1, 2)), mask=unreadable)
        return Dates(_date32(first, unreadable), _date32(last, unreadable), pa.array(PRECISIONS).take(places))

    def _extract(self, form: str) -> "tuple[pa.Array | None, np.ndarray]":
        """The named parts of the texts left that have this form, and their places."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not len(self.left):
            return None, self.left
        texts = self.texts if len(self.left) == len(self.texts) else self.texts.take(pa.array(self.left))
        parts = pc.extract_regex(texts, form)
        matched = pc.is_valid(parts)
        here = self.left[matched.to_numpy(zero_copy_only=False)]
        return (parts.filter(matched), here) if len(here) else (None, here)


def _numbers(parts: "pa.Array", name: str) -> "np.ndarray":
    """A named part as numbers; 0 where the form has no such part."""
    import numpy as np
    import pyarrow.compute as pc

    if parts.type.get_field_index(name) < 0:
        return np.zeros(len(parts), dtype=np.int64)
    return pc.cast(pc.struct_field(parts, name), "int64").to_numpy()


def _date32(days: "np.ndarray", unreadable: "np.ndarray") -> "pa.Array":
    import pyarrow as pa

    return pa.array(days.astype("int64").astype("int32"), pa.int32(), mask=unreadable).cast(pa.date32())
