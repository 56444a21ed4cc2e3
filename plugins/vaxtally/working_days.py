"""Working days: the days of the week that count, without public holidays (Tết included) and days named by setting."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaxtally.settings import Settings

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY = timedelta(days=1)


def read_weekdays(text: str) -> frozenset[int]:
    """'mon-fri' or 'mon,tue,sat' as weekday numbers, Monday 0. Raises ValueError."""
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if end < start:
            raise ValueError(f"{part} runs backwards")
        found.update(range(start, end + 1))
    return frozenset(found)


@dataclass(frozen=True)
class WorkingDays:
    """Counts in working days."""

    weekdays: frozenset[int]
    holidays: Container[date]
    extra_holidays: frozenset[date]

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays and day not in self.extra_holidays

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself for 0."""
        while count > 0:
            day += ONE_DAY
            count -= day in self
        return day

    def before(self, day: date, count: int) -> date:
        """The latest day with at least `count` working days after it, up to and including `day`."""
        while count > 0:
            count -= day in self
            day -= ONE_DAY
        return day


def working_days(settings: "Settings") -> WorkingDays:
    """The working days of these settings."""
    import holidays

    public = holidays.country_holidays("VN") if settings.public_holidays == "on" else ()
    return WorkingDays(read_weekdays(settings.working_days), public, frozenset(settings.extra_holidays))
