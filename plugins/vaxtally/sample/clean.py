"""Lists without a single remark, for measuring: so many rows in so many CSV files, and about 1.7 doses a person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.sample.cells import page_cells
from vaxtally.sample.draft import Draft
from vaxtally.sample.files import date_file, list_header, list_rows, write_table
from vaxtally.sample.lists import HO_CHI_MINH, ListFile
from vaxtally.sample.people import draw_people
from vaxtally.sample.plan import LATE_AFTER_DAYS, VACCINES, Calendar, Doses
from vaxtally.sample.shapes import SHAPES, Shape
from vaxtally.sample.units import make_units, write_units

if TYPE_CHECKING:
    import numpy as np

# Abdala (approved 17 September 2021, 14 days apart, from 19 to 65 years) is the one vaccine whose first two doses
# both fit into the days that are not yet late. People with one dose have had any of the others.
_TWICE = "ABDALA"
_ONCE = ("AZ", "PFIZER", "MODERNA", "VEROCELL")
_DAYS_APART = 11  # 14 less 4 days' grace is 10
_DOSES_PER_PERSON = 1.7
_MOST_UNITS = 50
RECEIVED_ON = date(2021, 10, 11)
_LEFT_OUT = ("action", "unit_code", "declared_vaccine", "declared_given_on", "declared_place")


@dataclass(frozen=True)
class CleanUploads:
    """What was written, and the day on which it must be received for no row to be remarked."""

    folder: Path
    received_on: date
    files: int
    rows: int
    people: int


def write_clean_uploads(
    out: Path, files: int, rows: int, seed: int = 1, received_on: date = RECEIVED_ON
) -> CleanUploads:
    """Write units.csv and `rows` rows in `files` UTF-8 CSV lists to `out`; `received_on` is 1 October 2021 or later."""
    import numpy as np

    rng = np.random.default_rng([seed, 11])
    units = make_units(min(files, _MOST_UNITS) + 1, received_on, parts=False)
    doses = _doses(rng, rows, received_on)
    order = np.argsort(doses.given_on, kind="stable")
    people = draw_people(
        rng, int(doses.person.max()) + 1, youngest_born_on=received_on - timedelta(days=365 * 20), years=44
    )
    calendar = Calendar(received_on, LATE_AFTER_DAYS, received_on)
    shape = _shape()
    codes = [unit.unit_code for unit in units]
    lists = [_planned(number, codes, shape, calendar) for number in range(files)]
    draft = Draft(units, people, doses, lists, calendar)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_units(out / "units.csv", units)
    for planned, part in zip(lists, np.array_split(order, files), strict=True):
        table = list_rows(shape, page_cells(draft, shape, part), {})
        write_table(out / planned.path, shape, [], list_header(shape), table)
        date_file(out / planned.path, planned.modified_at)
    return CleanUploads(out, received_on, files, rows, len(people))


def _shape() -> Shape:
    shape = SHAPES[0]
    for column in _LEFT_OUT:
        shape = shape.without(column)
    return shape


def _doses(rng: "np.random.Generator", rows: int, received_on: date) -> Doses:
    """First the people with two doses, then those with one; days such that no dose is late or too soon."""
    import numpy as np

    people = max(1, round(rows / _DOSES_PER_PERSON))
    twice = rows - people
    earliest = received_on.toordinal() - LATE_AFTER_DAYS
    first_days = earliest + rng.integers(0, LATE_AFTER_DAYS - _DAYS_APART + 1, twice)
    once_days = earliest + rng.integers(0, LATE_AFTER_DAYS + 1, people - twice)
    once = np.array([VACCINES.index(code) for code in _ONCE])
    abdala = np.full(twice, VACCINES.index(_TWICE))
    return Doses(
        person=np.concatenate([np.arange(people), np.arange(twice)]),
        unit=np.zeros(rows, dtype=np.int64),
        vaccine=np.concatenate([abdala, rng.choice(once, people - twice), abdala]),
        dose_number=np.repeat([1, 2], [people, twice]),
        given_on=np.concatenate([first_days, once_days, first_days + _DAYS_APART]),
        declared=np.zeros(rows, dtype=bool),
        lot=rng.integers(0, 4, rows),
        record=np.arange(1, rows + 1),
    )


def _planned(number: int, unit_codes: list[str], shape: Shape, calendar: Calendar) -> ListFile:
    day = calendar.last
    sent_at = datetime(day.year, day.month, day.day, tzinfo=HO_CHI_MINH) + timedelta(seconds=number)
    return ListFile(
        sender=number % len(unit_codes),
        shape=shape,
        covers=(calendar.first.toordinal(), calendar.last.toordinal()),
        modified_at=sent_at,
        path=f"{unit_codes[number % len(unit_codes)]}/uploads/list-{number:05d}.csv",
    )
