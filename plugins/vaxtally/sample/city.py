"""Writes a whole made-up city with its answer key."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.errors import UsageError
from vaxtally.sample import dirt, lists, plan
from vaxtally.sample.cells import page_cells
from vaxtally.sample.corrections import CorrectedLists, plan_corrections, write_corrections
from vaxtally.sample.draft import Draft
from vaxtally.sample.files import date_file, list_header, list_rows, list_titles, write_table
from vaxtally.sample.odd_files import write_odd_files
from vaxtally.sample.people import draw_people
from vaxtally.sample.plan import VACCINES, Calendar
from vaxtally.sample.reports import plan_reports, write_reports
from vaxtally.sample.truth import Key, RowTruth, Truth, write_gaps
from vaxtally.sample.units import make_units, write_units

if TYPE_CHECKING:
    import numpy as np

# Everybody was of age, whatever the vaccine, before the campaign began.
_ADULT_YEARS = 20


@dataclass(frozen=True)
class CitySummary:
    """What was written. `outcomes` and `rules` count the answer key's rows of uploads, and remarks on all rows."""

    folder: Path
    received_on: date
    units: int
    people: int
    upload_files: int
    upload_rows: int
    report_files: int
    report_rows: int
    outcomes: dict[str, int]
    rules: dict[str, int]

    def __str__(self) -> str:
        """What was written, and the day on which the answer key is right."""
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in self.outcomes.items())
        return (
            f"{self.folder}: {self.units} units, {self.upload_rows:,} rows in {self.upload_files} vaccination files"
            f" ({outcomes}), {self.report_rows:,} in {self.report_files} reports; answer key truth.csv.\n"
            f"Take it in with: vaxtally run --inbox {self.folder} --as-of {self.received_on}"
        )


def write_city(
    out: Path,
    units: int = 40,
    rows: int = 20_000,
    days: int = 14,
    seed: int = 1,
    dirty: float = 0.03,
    end_on: date = date(2021, 9, 19),
    received_on: date | None = None,
) -> CitySummary:
    """Write drop folders, units.csv and the answer key to `out`, an empty or new folder; same arguments, same city.

    `rows` doses are entered; copies planted beside them (a few in a hundred) come on top. `dirty` is the share of rows
    on which a mistake is planted, evenly over all rules; up to a quarter finds room. With 0 there is no mistake, no
    refused file, no copy, no correction. The answers hold for a run that receives everything on `received_on` (default:
    two days after `end_on`, when every day is due). Raises UsageError where nothing sensible can be made of the
    arguments.
    """
    calendar = Calendar(end_on, days, received_on or end_on + timedelta(days=2))
    _check(out, units, rows, dirty, calendar)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft, never_entered = _plan(units, rows, seed, calendar)
    given = _plant(draft, never_entered, seed, dirty)
    corrected = plan_corrections(draft) if dirty else CorrectedLists()
    truth = Truth()
    write_units(out / "units.csv", draft.units)
    write_lists(out, draft, truth)
    if dirty:
        write_odd_files(out, draft, truth)
        write_corrections(out, draft, corrected, truth)
    reports = plan_reports(draft.units, calendar, given, dirty=bool(dirty))
    write_reports(out, reports, truth)
    truth.write(out)
    write_gaps(out, reports.figures, reports.nil, _entered(draft) + corrected.entered)
    return _summary(out, draft, truth)


def _check(out: Path, units: int, rows: int, dirty: float, calendar: Calendar) -> None:
    calendar.check()
    if units < 2 or rows < 1:
        raise UsageError("A sample city needs at least two units and one row.")
    if not 0 <= dirty <= 1:
        raise UsageError("The dirty share of a sample city lies between 0 and 1.")
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"The folder of a sample city must be empty: {out}.")


def _plan(count: int, rows: int, seed: int, calendar: Calendar) -> tuple[Draft, "np.ndarray"]:
    """The clean city. Each part draws from a stream of its own: a change in one leaves the others as they are."""
    import numpy as np

    units = make_units(count, calendar.first)
    shapes, senders = lists.shapes_of(units), lists.senders_of(units)
    declares = [lists.has_column(shapes[sender], "declared_vaccine") for sender in senders]
    doses = plan.plan_doses(np.random.default_rng([seed, 1]), units, declares, calendar, rows)
    youngest_born_on = min(calendar.backlog[0], plan.CAMPAIGN_START) - timedelta(days=round(_ADULT_YEARS * 365.25))
    people = draw_people(
        np.random.default_rng([seed, 2]), int(doses.person.max()) + 1, youngest_born_on=youngest_born_on
    )
    never_entered = plan.plan_never_entered(np.random.default_rng([seed, 3]), units, doses, calendar)
    planned = lists.plan_lists(units, shapes, doses, calendar)
    return Draft(units, people, doses, planned, calendar), never_entered


def _plant(draft: Draft, never_entered: "np.ndarray", seed: int, dirty: float) -> "np.ndarray":
    """Plant the mistakes and close the draft; returns the keys of all doses that were given."""
    import numpy as np

    pool = dirt.plant_record_cases(np.random.default_rng([seed, 4]), draft, dirty) if dirty else None
    given = np.concatenate([draft.doses.keys, never_entered])
    if pool is not None:
        dirt.repeat_earlier_rows(draft)
        dirt.refuse_list(draft)
        dirt.plant_row_mistakes(draft, pool, dirty)
    draft.seal()
    return given


def write_lists(out: Path, draft: Draft, truth: Truth) -> None:
    """Every uploaded list, rows in the order of their numbers, so that an added row stands below the one it copies."""
    import numpy as np

    order = np.argsort(draft.doses.file, kind="stable")
    ends = np.cumsum(np.bincount(draft.doses.file, minlength=len(draft.lists)))
    for number, (planned, rows) in enumerate(zip(draft.lists, np.split(order, ends[:-1]), strict=True)):
        shape, unit = planned.shape, draft.units[planned.sender]
        cells = page_cells(draft, shape, rows)
        numbers = rows.tolist()
        surplus = {place: draft.surplus[row] for place, row in enumerate(numbers) if row in draft.surplus}
        titles = list_titles(shape, unit.name, planned.modified_at.date())
        write_table(out / planned.path, shape, titles, list_header(shape), list_rows(shape, cells, surplus))
        date_file(out / planned.path, planned.modified_at)
        refused = number in draft.refused
        truth.add_file(
            planned.path,
            "upload",
            [RowTruth(draft.outcomes.get(row, "loaded"), tuple(draft.rules.get(row, ()))) for row in numbers],
            "quarantined" if refused else "loaded",
            "file.mostly_rejected" if refused else "",
        )


def _entered(draft: Draft) -> Counter[Key]:
    import numpy as np

    keys, counts = np.unique(draft.doses.keys[draft.entered()], axis=0, return_counts=True)
    return Counter(
        {
            (draft.units[unit].unit_code, date.fromordinal(day).isoformat(), VACCINES[vaccine], str(dose)): count
            for (unit, day, vaccine, dose), count in zip(keys.tolist(), counts.tolist(), strict=True)
        }
    )


def _summary(out: Path, draft: Draft, truth: Truth) -> CitySummary:
    kinds = [(kind, rows) for _, kind, _, _, rows in truth.files]
    return CitySummary(
        folder=out,
        received_on=draft.calendar.received_on,
        units=len(draft.units),
        people=len(draft.people),
        upload_files=sum(kind == "upload" for kind, _ in kinds),
        upload_rows=sum(rows for kind, rows in kinds if kind == "upload"),
        report_files=sum(kind == "report" for kind, _ in kinds),
        report_rows=sum(rows for kind, rows in kinds if kind == "report"),
        outcomes=truth.outcomes("upload"),
        rules=truth.rules(),
    )
