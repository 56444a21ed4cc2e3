"""Read models over the tally for mails and digests. Each works for any as-of day, and reads only.

For the day of the last `reconcile` they read its result, so reconcile first; any other day is worked out anew.
Day D is due when D + grace < as_of. Days before `not_before` are left out.
"""

from datetime import date
from typing import TYPE_CHECKING

from vaxtally.tally.readings import (
    DayTotals,
    LoweredReport,
    OpenRows,
    QuarantinedFile,
    RankedUnit,
    SilentUnit,
    Unit,
    UnitShortfall,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection


def units_in_shortfall(
    connection: "Connection", as_of: date, grace_days: int, not_before: date | None = None
) -> list[UnitShortfall]:
    """Every unit with a due shortfall, by code, with its short days and what of it lies open."""


def rank_units(
    connection: "Connection", as_of: date, grace_days: int, not_before: date | None = None
) -> list[RankedUnit]:
    """Every unit with a figure or a dose on a due day, the largest shortfall first."""


def silent_units(connection: "Connection", as_of: date, silent_days: int) -> list[SilentUnit]:
    """Units open for that long, of which neither report nor upload came in during the last `silent_days` days."""


def units_without_address(connection: "Connection", as_of: date) -> list[Unit]:
    """Units open on that day whose data officer has no address."""


def open_rows(connection: "Connection", as_of: date, unit_code: str | None = None) -> list[OpenRows]:
    """Rows received by then and not closed, by sender (None: the Department's files), outcome and rule."""


def quarantined_files(connection: "Connection", as_of: date, unit_code: str | None = None) -> list[QuarantinedFile]:
    """Files refused by then that no later file of the same sender and kind, by name or bytes, has followed."""


def daily_series(connection: "Connection", as_of: date, days: int = 28) -> list[DayTotals]:
    """The city day by day over the last `days` days, as_of included, in order."""


def daily_series_of(connection: "Connection", as_of: date, unit_code: str, days: int = 28) -> list[DayTotals]:
    """One unit day by day, as daily_series."""


def lowered_reports(connection: "Connection", as_of: date, days: int = 1) -> list[LoweredReport]:
    """Figures that units lowered themselves in what was received in the last `days` days, as_of included."""
