"""Business time: which day a run counts as, apart from what the clock on the wall says."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

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

        `clock` (aware) stands for the true time where several processes must agree on it.
        """
        processed_at = clock or datetime.now(UTC)
        if as_of is None:
            local = processed_at.astimezone(settings.timezone)
            return cls(local.date(), local, processed_at)
        return cls(as_of, datetime.combine(as_of, NOON, tzinfo=settings.timezone), processed_at)
