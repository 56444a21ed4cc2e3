"""Business time: which day a run counts as, apart from what the clock on the wall says."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from vaxtally.errors import UsageError

if TYPE_CHECKING:
    from vaxtally.settings import Settings

NOON = time(12)


@dataclass(frozen=True)
class RunTime:
    """`as_of`: the business date (local). `received_at`: when what the run takes in counts as received; both aware."""

    as_of: date
    received_at: datetime
    processed_at: datetime

    @classmethod
    def now(cls, settings: "Settings", as_of: date | None = None, clock: datetime | None = None) -> "RunTime":
        """Today in the settings' zone, or a given day, on which everything counts as received at 12:00 local.

        `clock` (aware) stands for the true time where several processes must agree on it. Raises UsageError for a day
        in the future: once something was taken in as of it, every day before would take nothing in.
        """
        processed_at = clock or datetime.now(UTC)
        local = processed_at.astimezone(settings.timezone)
        if as_of is None:
            return cls(local.date(), local, processed_at)
        if (as_of - local.date()).days > settings.future_as_of_days:
            raise UsageError(
                f"The as-of {as_of} lies in the future: today is {local.date()}. After a run as of it, no earlier day"
                " would take anything in. VAXTALLY_FUTURE_AS_OF_DAYS allows more days."
            )
        return cls(as_of, datetime.combine(as_of, NOON, tzinfo=settings.timezone), processed_at)
