"""Which lists the units send: one a day, or one for several days, and one at the start with what was left over."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from vaxtally.sample.plan import NO_UPLOADS, Calendar, Doses
from vaxtally.sample.shapes import CMND_COLUMN, SHAPES, WITH_UNIT_COLUMN, Shape
from vaxtally.sample.units import Unit

if TYPE_CHECKING:
    import numpy as np

HO_CHI_MINH = timezone(timedelta(hours=7))
# Days one list covers, by unit. Short lists, so that no list covers both a dose and its copy of days later.
_CADENCES = (1, 2, 1, 3)
# Writing a workbook costs some 60 times a CSV: beyond so many rows the same lists are sent as CSV.
WORKBOOK_ROWS = 9_000


@dataclass(frozen=True)
class ListFile:
    """One uploaded list. Files are numbered in the order in which they are applied: by time of modification."""

    sender: int
    shape: Shape
    covers: tuple[int, int]  # first and last day, ordinals
    modified_at: datetime
    path: str  # below the sample's folder, with /
    backlog: bool = False


def shapes_of(units: list[Unit]) -> list[Shape]:
    """Each unit keeps to one shape; who sends for another unit needs a column that says so."""
    sends_for = {unit.parent_unit_code for unit in units if unit.part == "sent_by_parent"}
    return [
        WITH_UNIT_COLUMN if unit.unit_code in sends_for else SHAPES[number % len(SHAPES)]
        for number, unit in enumerate(units)
    ]


def senders_of(units: list[Unit]) -> list[int]:
    """Who sends each unit's rows: itself, or its parent."""
    by_code = {unit.unit_code: number for number, unit in enumerate(units)}
    return [
        by_code[unit.parent_unit_code] if unit.part == "sent_by_parent" else number for number, unit in enumerate(units)
    ]


def plan_lists(units: list[Unit], shapes: list[Shape], doses: Doses, calendar: Calendar) -> list[ListFile]:
    """Plan the lists that have rows, and set `doses.file` to the list each dose stands in."""
    import numpy as np

    senders = senders_of(units)
    lists = sorted(
        (
            planned
            for number, unit in enumerate(units)
            if unit.part not in NO_UPLOADS and senders[number] == number
            for planned in _lists_of(number, unit, shapes[number], calendar)
        ),
        key=lambda planned: planned.modified_at,
    )
    file = _lookup(lists, calendar, len(units))[np.array(senders)[doses.unit], _column(doses, calendar)]
    used, doses.file = np.unique(file, return_inverse=True)
    return _within_workbook_rows([lists[number] for number in used], np.bincount(doses.file))


def _lists_of(number: int, unit: Unit, shape: Shape, calendar: Calendar) -> list[ListFile]:
    lists = [_planned(number, unit, shape, calendar.backlog[0], calendar.backlog[-1], calendar.first, backlog=True)]
    cadence = _CADENCES[number % len(_CADENCES)]
    for start in range(0, calendar.days, cadence):
        first = calendar.first + timedelta(days=start)
        last = min(first + timedelta(days=cadence - 1), calendar.last)
        lists.append(_planned(number, unit, shape, first, last, last + timedelta(days=number % 2)))
    return lists


def _planned(
    number: int, unit: Unit, shape: Shape, first: date, last: date, sent_on: date, *, backlog: bool = False
) -> ListFile:
    # Each unit has its own second of the day, so that the order never hangs on a file's name.
    hour = 7 if backlog else 17
    modified_at = datetime(sent_on.year, sent_on.month, sent_on.day, hour, tzinfo=HO_CHI_MINH)
    stem = shape.file_name.format(day=last.isoformat(), short=f"{last:%d-%m}")
    name = f"bo-sung-{stem}" if backlog else stem
    return ListFile(
        sender=number,
        shape=shape,
        covers=(first.toordinal(), last.toordinal()),
        modified_at=modified_at + timedelta(seconds=number),
        path=f"{unit.unit_code}/uploads/{name}{shape.suffix}",
        backlog=backlog,
    )


def _column(doses: Doses, calendar: Calendar) -> "np.ndarray":
    """Day of the window, or the column after its last for doses given before it."""
    import numpy as np

    day = doses.given_on - calendar.first.toordinal()
    return np.where(day < 0, calendar.days, day)


def _lookup(lists: list[ListFile], calendar: Calendar, units: int) -> "np.ndarray":
    """The list that covers a sender's day (columns as `_column`)."""
    import numpy as np

    table = np.full((units, calendar.days + 1), -1)
    start = calendar.first.toordinal()
    for number, planned in enumerate(lists):
        first, last = (calendar.days, calendar.days) if planned.backlog else (day - start for day in planned.covers)
        table[planned.sender, first : last + 1] = number
    return table


def _within_workbook_rows(lists: list[ListFile], rows: "np.ndarray") -> list[ListFile]:
    """Lists in their final form: the first so many rows of workbooks stay workbooks."""
    from dataclasses import replace

    left, final = WORKBOOK_ROWS, []
    for planned, count in zip(lists, rows, strict=True):
        if planned.shape.suffix == ".xlsx":
            left -= int(count)
            if left < 0:
                path = planned.path.removesuffix(".xlsx") + ".csv"
                planned = replace(planned, shape=planned.shape.as_csv(), path=path)  # noqa: PLW2901
        final.append(planned)
    return final


def has_column(shape: Shape, column: str) -> bool:
    """Whether lists of this shape can say something about a field."""
    return column in shape.columns or (column == "national_id" and CMND_COLUMN in shape.columns)
