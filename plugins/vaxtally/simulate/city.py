"""The city's units and what each does on a day. What happens by chance is drawn from the seed, the unit and the day, so
that every arm meets the same city: the same doses given, the same rows left out.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from vaxtally.sample.units import SIZES, TYPE_CYCLE
from vaxtally.simulate.scenario import Scenario

# The two that every unit gives: vaccine and dose number.
GIVEN = (("PFIZER", 1), ("AZ", 2))
WEEKEND = 0.4
SATURDAY = 5

# unit, day, vaccine, dose number
Key = tuple[str, date, str, int]


@dataclass(frozen=True)
class Unit:
    """A unit and its habits. `inflates`: reports more than it gives."""

    code: str
    kind: str
    left_out: float
    inflates: bool
    reachable: bool

    def as_listed(self) -> dict[str, Any]:
        """As the unit list has it."""
        host = f"{self.code.lower()}.example"
        listed = {
            "unit_code": self.code,
            "name": f"Đơn vị {self.code}",
            "unit_type": self.kind,
            "district_code": "760",
            "language": "vi",
        }
        if self.reachable:
            listed |= {"data_officer_email": f"nhaplieu@{host}", "head_email": f"lanhdao@{host}"}
        return listed


@dataclass
class City:
    """The units, and the rows that each has not entered yet."""

    scenario: Scenario
    units: list[Unit] = field(init=False)
    left: Counter[Key] = field(default_factory=Counter)
    # by day, what units that were moved will enter
    promised: dict[date, Counter[Key]] = field(default_factory=dict)
    given: int = 0

    def __post_init__(self) -> None:
        self.units = _units(self.scenario)

    def live(self, day: date) -> tuple[Counter[Key], Counter[Key]]:
        """A day passes: what is reported of it, and what is entered on it."""
        reported: Counter[Key] = Counter()
        entered = self.promised.pop(day, Counter())
        for unit in self.units:
            chance = self._chance(unit.code, day.isoformat())
            leaves_out = chance.random() < unit.left_out
            share = chance.uniform(self.scenario.least_left_out, 1) if leaves_out else 0.0
            for vaccine, dose_number in GIVEN:
                key = (unit.code, day, vaccine, dose_number)
                doses = round(self._doses(unit, day) * chance.uniform(0.7, 1.3))
                left = round(doses * share)
                self.given += doses
                reported[key] = round(doses * (1 + self.scenario.inflation)) if unit.inflates else doses
                entered[key] += doses - left
                self.left[key] += left
        self.left = +self.left
        return reported, +entered

    def is_moved(self, unit_code: str, nth_case: int, level: int) -> bool:
        """Whether a unit answers to a level in its nth case."""
        return self._chance(unit_code, f"case {nth_case}", f"level {level}").random() < self.scenario.answer[level]

    def promise(self, unit_code: str, today: date, last_due: date) -> None:
        """A unit that was moved will enter what it left out up to that day: half the next day, then the rest."""
        soon = self.promised.setdefault(today + timedelta(days=1), Counter())
        later = self.promised.setdefault(today + timedelta(days=self.scenario.days_to_enter), Counter())
        for key in [key for key in self.left if key[0] == unit_code and key[1] <= last_due]:
            doses = self.left.pop(key)
            soon[key] += doses - doses // 2
            later[key] += doses // 2

    @property
    def without_record(self) -> int:
        """Citizens who were vaccinated and stand in no registry yet; each got one dose."""
        return self.left.total() + sum(doses.total() for doses in self.promised.values())

    def _doses(self, unit: Unit, day: date) -> float:
        return self.scenario.doses_a_day * SIZES[unit.kind] * (WEEKEND if day.weekday() >= SATURDAY else 1)

    def _chance(self, *parts: str) -> Random:
        # A text, whose hash is the same in every process.
        return Random("/".join((str(self.scenario.seed), *parts)))  # noqa: S311 - nothing secret hangs on it


def _units(scenario: Scenario) -> list[Unit]:
    chance = Random(f"{scenario.seed}/units")  # noqa: S311 - nothing secret hangs on it
    order = list(range(scenario.units))
    chance.shuffle(order)
    # By rank and not by chance: a small city has its shares, too.
    careless = set(order[: round(scenario.units * scenario.careless_share)])
    chance.shuffle(order)
    inflating = set(order[: round(scenario.units * scenario.inflated_share)])
    unreachable = set(order[len(order) - round(scenario.units * scenario.unreachable_share) :])
    return [
        Unit(
            code=f"U{number + 1:04d}",
            kind=TYPE_CYCLE[number % len(TYPE_CYCLE)],
            left_out=scenario.careless_left_out if number in careless else scenario.tidy_left_out,
            inflates=number in inflating,
            reachable=number not in unreachable,
        )
        for number in range(scenario.units)
    ]
