"""What happens in the city: which doses are given where and when, which list names them, which are never entered."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.errors import UsageError
from vaxtally.sample.units import Unit

if TYPE_CHECKING:
    import numpy as np

VACCINES = tuple(reference.vaccines())
CAMPAIGN_START = date(2021, 3, 8)  # rules.csv, given_on.before_campaign
LATE_AFTER_DAYS = 14  # rules.csv, given_on.late_entry
# The first doses of people who get their second in the window: three days, 28 to 30 days before it. Few enough that
# report.outlier, which wants seven reported days, never compares a full day with these.
_BACKLOG_FIRST, _BACKLOG_DAYS = 30, 3
_PAIRS, _DECLARED = 0.10, 0.06  # share of rows: people with both doses here; second doses after a declared first
_SHARES = {"AZ": 0.45, "PFIZER": 0.2, "MODERNA": 0.15, "VEROCELL": 0.2}
_AZ_THEN_PFIZER_FROM = date(2021, 7, 13)  # vaccine_pairs.csv
_NEVER_ENTERED = (0.0, 0.05, 0.12, 0.2, 0.33, 0.45, 0.6)
NO_UPLOADS = ("closed", "silent", "enters_nothing")


@dataclass(frozen=True)
class Calendar:
    """The days of a sample: doses are given from `first` to `last`, everything is received on `received_on`."""

    last: date
    days: int
    received_on: date

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    @property
    def backlog(self) -> tuple[date, ...]:
        start = self.first - timedelta(days=_BACKLOG_FIRST)
        return tuple(start + timedelta(days=n) for n in range(_BACKLOG_DAYS))

    @cached_property
    def nil_day(self) -> date:
        """The day on which the unit of part single_vaccine gives nothing and says so."""
        return self.first + timedelta(days=self.days // 2)

    def check(self) -> None:
        """Raises UsageError where the days cannot be those of a campaign."""
        if self.days < 1 or self.received_on < self.last:
            raise UsageError("A sample city needs at least one day, and is received on or after its last day.")
        if self.backlog[0] < CAMPAIGN_START:
            raise UsageError(f"A sample city begins {_BACKLOG_FIRST} days after {CAMPAIGN_START} at the earliest.")


def _nowhere() -> "np.ndarray":
    import numpy as np

    return np.zeros(0, dtype=np.int64)


@dataclass
class Doses:
    """One position a row of an uploaded list; days are proleptic ordinals, `unit` is who gave the dose."""

    person: "np.ndarray"
    unit: "np.ndarray"
    vaccine: "np.ndarray"  # position in VACCINES
    dose_number: "np.ndarray"
    given_on: "np.ndarray"
    declared: "np.ndarray"  # carries a declared first dose
    lot: "np.ndarray"
    record: "np.ndarray"  # the unit's own number for it
    # Positions of people's second doses in the window, and of the same people's first doses before it.
    seconds: "np.ndarray" = field(default_factory=_nowhere)
    firsts: "np.ndarray" = field(default_factory=_nowhere)
    file: "np.ndarray" = field(default_factory=_nowhere)  # the list each stands in, once the lists are planned

    def __len__(self) -> int:
        return len(self.person)

    @property
    def keys(self) -> "np.ndarray":
        """Unit, day, vaccine and dose number of each, one row each: what is reported and reconciled."""
        import numpy as np

        return np.stack([self.unit, self.given_on, self.vaccine, self.dose_number], axis=1)


COLUMNS = ("person", "unit", "vaccine", "dose_number", "given_on", "declared", "lot", "record", "file")


def plan_doses(
    rng: "np.random.Generator", units: list[Unit], declares: list[bool], calendar: Calendar, rows: int
) -> Doses:
    """`rows` doses that will be entered. `declares` tells whose lists have columns for declared doses."""
    import numpy as np

    sizes = np.array([0.0 if unit.part in NO_UPLOADS else unit.size for unit in units])
    sizes = sizes * rng.uniform(0.75, 1.25, len(units))
    single = np.array([unit.part == "single_vaccine" for unit in units])
    pairs, declared = int(rows * _PAIRS), int(rows * _DECLARED)
    if not (sizes * declares * ~single).any():
        declared = 0
    alone = rows - 2 * pairs - declared
    unit = np.concatenate(
        [
            _draw(rng, sizes, alone),
            _draw(rng, sizes * declares * ~single, declared),
            _draw(rng, sizes * ~single, pairs),
        ]
    )
    vaccine, given_on = _draw_vaccines(rng, calendar, len(unit)), _draw_days(rng, calendar, len(unit))
    az = VACCINES.index("AZ")
    vaccine[single[unit]] = az
    given_on[single[unit] & (given_on == calendar.nil_day.toordinal())] = calendar.last.toordinal()
    seconds = np.arange(alone + declared, len(unit))
    moved = rng.random(pairs) < 0.3
    first_unit = np.where(moved, _draw(rng, sizes * ~single, pairs), unit[seconds])
    first_vaccine = vaccine[seconds].copy()
    if calendar.first >= _AZ_THEN_PFIZER_FROM:
        crossed = (first_vaccine == az) & (rng.random(pairs) < 0.1)
        vaccine[seconds[crossed]] = VACCINES.index("PFIZER")
    first_day = calendar.backlog[0].toordinal() + rng.integers(0, _BACKLOG_DAYS, pairs)
    number = np.ones(len(unit), dtype=np.int64)
    number[alone:] = 2
    people = np.arange(len(unit))
    return Doses(
        person=np.concatenate([people, seconds]),
        unit=np.concatenate([unit, first_unit]),
        vaccine=np.concatenate([vaccine, first_vaccine]),
        dose_number=np.concatenate([number, np.ones(pairs, dtype=np.int64)]),
        given_on=np.concatenate([given_on, first_day]),
        declared=(np.arange(rows) >= alone) & (np.arange(rows) < alone + declared),
        lot=rng.integers(0, 4, rows),
        record=np.arange(1, rows + 1),
        seconds=seconds,
        firsts=np.arange(len(unit), rows),
    )


def _draw(rng: "np.random.Generator", sizes: "np.ndarray", count: int) -> "np.ndarray":
    if count == 0:
        return rng.integers(0, 1, 0)
    return rng.choice(len(sizes), size=count, p=sizes / sizes.sum())


def _draw_vaccines(rng: "np.random.Generator", calendar: Calendar, count: int) -> "np.ndarray":
    """Only vaccines approved before the first dose of the sample."""
    import numpy as np

    approved = reference.vaccines()
    shares = np.array(
        [
            _SHARES.get(code, 0.0) * (date.fromisoformat(approved[code]["approved_on"]) <= calendar.backlog[0])
            for code in VACCINES
        ]
    )
    return rng.choice(len(VACCINES), size=count, p=shares / shares.sum())


def _draw_days(rng: "np.random.Generator", calendar: Calendar, count: int) -> "np.ndarray":
    """Sundays are quieter."""
    import numpy as np

    days = calendar.first.toordinal() + np.arange(calendar.days)
    weights = np.where(days % 7 == 0, 0.7, 1.0)
    return rng.choice(days, size=count, p=weights / weights.sum())


def plan_never_entered(rng: "np.random.Generator", units: list[Unit], doses: Doses, calendar: Calendar) -> "np.ndarray":
    """Keys (unit, day, vaccine, dose number) of doses that were given and stand in no list."""
    import numpy as np

    in_window = np.flatnonzero(doses.given_on >= calendar.first.toordinal())
    usual = len(in_window) // max(1, len(units))
    chosen = []
    for number, unit in enumerate(units):
        own = in_window[doses.unit[in_window] == number]
        share = _NEVER_ENTERED[number % len(_NEVER_ENTERED)] if unit.part == "" else 0.0
        if unit.part == "enters_nothing":
            own, count = in_window, usual
        else:
            count = round(len(own) * share / (1 - share))
        if count and len(own):
            keys = doses.keys[rng.choice(own, size=count)]
            keys[:, 0] = number
            chosen.append(keys)
    return np.concatenate(chosen) if chosen else np.zeros((0, 4), dtype=np.int64)
