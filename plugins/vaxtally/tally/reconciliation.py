"""Entered against reported, as of a day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """What a day came to. A key is a unit, day, vaccine and dose number with a current figure or an entered dose.

    `reported - entered == shortfall - surplus` over keys with a figure; `entered_unreported` are the doses entered at
    the others. `due_shortfall` looks at due days only, `units_in_shortfall` counts the units that are asked about any.
    `grace_days`: that of the plain settings. `reconciled_at`: when it last changed.
    """

    as_of: date
    grace_days: int
    reconciled_at: datetime
    units: int
    keys: int
    keys_reported: int
    keys_nil_report: int
    keys_no_report: int
    reported: int
    entered: int
    shortfall: int
    surplus: int
    entered_unreported: int
    due_shortfall: int
    units_in_shortfall: int

    @property
    def entry_ratio(self) -> float | None:
        """Entered ÷ reported; None where nothing is reported."""
        return self.entered / self.reported if self.reported else None


def reconcile(connection: "Connection", as_of: date, settings: "Settings") -> Reconciliation:
    """Make `tally.entry_gap` and `tally.gap_cause` that day's outcome and record it, within the caller's transaction.

    An earlier day than the last one is only counted and recorded: the table never goes back. It keeps the policies that
    were noted with it; the last day takes those of the settings.
    """
    parameters = {"as_of": as_of, "grace_days": settings.grace_days, "policies": settings.policies.as_json()}
    db.run(connection, "tally/entry_gap/lock")
    db.run(connection, "tally/reconciliation/open", parameters)
    is_last = as_of == db.run(connection, "tally/reconciliation/select_last_day").scalar_one()
    db.run(connection, "tally/gap_policy/note", parameters | {"is_last": is_last})
    if is_last:
        db.run(connection, "tally/entry_gap/replace", parameters)
        db.run(connection, "tally/gap_cause/replace", parameters)
    _refresh_statistics(connection)
    db.run(connection, "tally/reconciliation/update", parameters)
    return Reconciliation(**db.run(connection, "tally/reconciliation/select", parameters).one()._mapping)


def _refresh_statistics(connection: "Connection") -> None:
    """Tables that have just been filled look empty to the planner, and whoever reads the gaps joins them row by row.

    That cost the square of the units: the short days of 100 took 13 s in a first run. Nobody is waited for: a table
    that another session looks at just now is left to it.
    """
    outdated = db.run(connection, "tally/statistics/select_outdated").scalars().all()
    if outdated:
        db.run_script(connection, f"ANALYZE (SKIP_LOCKED) {', '.join(outdated)}")
