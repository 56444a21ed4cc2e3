"""What is assumed of the city: sizes, habits, and how likely a unit is moved by each level. Every figure is a guess
that may be given; none of them is measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaxtally.settings import Settings

# none: gaps are counted and nobody is written to; reminders: level 1 alone; escalation: all levels, every level 3
# approved
ARMS = ("none", "reminders", "escalation")
LEVELS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Shares are between 0 and 1. Raises ValueError where a figure makes no sense."""

    units: int = 60
    days: int = 60
    seed: int = 1
    # a Monday
    first_day: date = date(2021, 8, 2)
    # how likely a unit enters what is missing when a level reaches it; drawn once a case and level
    answer: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({1: 0.35, 2: 0.5, 3: 0.8}))
    # of a unit of size 1, on a working day, for each of its two vaccines
    doses_a_day: int = 12
    # of the units; how often they and the others leave rows of a day out
    careless_share: float = 0.5
    careless_left_out: float = 0.4
    tidy_left_out: float = 0.05
    # of a day's rows, at least so many, at most all
    least_left_out: float = 0.3
    # units that report more doses than they give, and by how much: rows that nobody can enter
    inflated_share: float = 0.03
    inflation: float = 0.1
    # units that nobody can write to
    unreachable_share: float = 0.02
    # a unit that is moved enters half the next day and the rest so many days later
    days_to_enter: int = 2

    def __post_init__(self) -> None:
        shares = (
            *self.answer.values(),
            self.careless_share,
            self.careless_left_out,
            self.tidy_left_out,
            self.least_left_out,
            self.inflated_share,
            self.unreachable_share,
        )
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("a share or probability lies outside 0 to 1")
        if set(self.answer) != set(LEVELS):
            raise ValueError("an answer is needed for each of the levels 1, 2 and 3")
        if min(self.units, self.days, self.doses_a_day, self.days_to_enter) < 1:
            raise ValueError("units, days and doses are at least 1")


def settings_of(arm: str, settings: "Settings", scenario: Scenario) -> "Settings":
    """The settings of an arm: with reminders alone, the days to the higher levels are never over."""
    if arm == "escalation":
        return settings
    never = scenario.days + 1
    return settings.with_changes(urge_after_days=never, escalate_after_days=never)
