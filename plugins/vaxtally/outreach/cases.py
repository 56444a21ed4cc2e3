"""Cases: what is due today for every unit whose gap is open. docs/outreach.md draws the states.

A day's decisions are one pass of set-based statements over the day's short days; what happened is kept as events.
Decided again on the same day, nothing changes; on an earlier day than the last, nothing is decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.working_days import WorkingDays, working_days

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings
    from vaxtally.tally.readings import Unit, UnitShortfall

# The level of a case that was urged; the next one waits for a person.
URGED = 2


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a unit's case calls for today.

    `kind` is that of the mail: `shortfall` (to whoever does not know every day of it yet), `urgent`, `escalation` (it
    was proposed, and waits for a decision), `correction` or `closed`. `shortfall` holds the days that are not answered,
    None where none is left. `clock_on`: since when its days count. `detail`: what the event recorded.
    """

    case_id: int
    unit: "Unit"
    kind: str
    level: int
    reason: str
    opened_on: date
    level_on: date
    missing: int
    shortfall: "UnitShortfall | None"
    detail: Mapping[str, Any]
    clock_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The day's steps, and the units that are short. `is_past`: a later day was decided already; nothing is due."""

    steps: tuple[Step, ...] = ()
    found: tuple["UnitShortfall", ...] = ()
    is_past: bool = False


def is_closed(unit: "Unit", as_of: date) -> bool:
    """True from the unit's closing day on."""
    return unit.closed_on is not None and unit.closed_on <= as_of


def advance(connection: "Connection", as_of: date, settings: "Settings") -> list[Step]:
    """Decide the day for every case, and record it; what is due. The caller holds `ledger.lock`."""
    return list(decide(connection, as_of, settings).steps)


def decide(connection: "Connection", as_of: date, settings: "Settings") -> Decided:
    """As `advance`, with the units in shortfall."""
    from vaxtally.tally import gaps

    found = tuple(gaps.units_in_shortfall(connection, as_of, settings.policies, settings.mail_not_before))
    latest = db.run(connection, "outreach/case_run/latest").scalar()
    if latest is not None and latest > as_of:
        return Decided(found=found, is_past=True)
    db.run(connection, "outreach/case_run/insert", {"as_of": as_of})
    _take_short_days(connection, found, as_of, settings)
    _move(connection, found, as_of, settings)
    return Decided(steps=tuple(_steps(connection, found, as_of)), found=found)


def _take_short_days(
    connection: "Connection", found: Iterable["UnitShortfall"], as_of: date, settings: "Settings"
) -> None:
    missing: dict[tuple[str, date], int] = {}
    grace_days: dict[str, int] = {}
    for short in found:
        grace_days[short.unit.unit_code] = settings.policies.of(short.unit.unit_type).grace_days
        if not is_closed(short.unit, as_of):
            for day in short.short_days:
                key = (short.unit.unit_code, day.given_on)
                missing[key] = missing.get(key, 0) + day.missing
    db.run_script(connection, db.statement("outreach/batch_short/create"))
    values = {
        "unit_codes": [code for code, _ in missing],
        "days": [day for _, day in missing],
        "missing": list(missing.values()),
        "as_of": as_of,
        "grace_days": [grace_days[code] for code, _ in missing],
    }
    db.run(connection, "outreach/batch_short/insert", values)


def _move(connection: "Connection", found: Iterable["UnitShortfall"], as_of: date, settings: "Settings") -> None:
    """The day's transitions, in an order in which a case moves once: nobody is urged on the day of the reminder."""
    calendar = working_days(settings)
    values = _units(found, as_of) | _clocks(calendar, as_of, settings) | {"as_of": as_of}
    for statement in (
        "case_event/correct",
        "case/close",
        "case/open",
        "case_day/join",
        "case/pause",
        "case/hold",
        "case/shrink",
        "escalation/lapse",
        "case/start_clock",
        "case/raise",
        "case/start_clock",
        "escalation/propose",
    ):
        db.run(connection, f"outreach/{statement}", values)


def _units(found: Iterable["UnitShortfall"], as_of: date) -> dict[str, list[Any]]:
    from vaxtally.outreach.transport import addresses

    units = [short.unit for short in found]
    no_officer = [unit for unit in units if not addresses(unit.data_officer_email)[0]]
    return {
        "closed_units": [unit.unit_code for unit in units if is_closed(unit, as_of)],
        "no_officer": [unit.unit_code for unit in no_officer],
        "no_address": [unit.unit_code for unit in no_officer if not addresses(unit.head_email)[0]],
    }


def next_level_on(step: Step, settings: "Settings") -> date:
    """The first day on which an urged case may be proposed for level 3, as its clock runs today."""
    calendar = working_days(settings)
    urged_until = calendar.after(step.level_on, _between(settings))
    return max(calendar.after(step.clock_on or step.level_on, settings.escalate_after_days), urged_until)


def _between(settings: "Settings") -> int:
    """Working days that the urgent mail has, at least."""
    return max(settings.escalate_after_days - settings.urge_after_days, 1)


def _clocks(calendar: WorkingDays, as_of: date, settings: "Settings") -> dict[str, Any]:
    """The days on which a clock must have started at the latest; none where today is no working day."""
    works = as_of in calendar
    return {
        "urge_on": calendar.before(as_of, settings.urge_after_days) if works else None,
        "escalate_on": calendar.before(as_of, settings.escalate_after_days) if works else None,
        # Where a run came late, the urgent mail still gets its days.
        "urged_on": calendar.before(as_of, _between(settings)) if works else None,
        "deadline": calendar.after(as_of, settings.approve_within_days),
        "shrink_share": settings.urge_shrink_share,
        "redirected": settings.mail_mode == "redirect",
    }


def _steps(connection: "Connection", found: Iterable["UnitShortfall"], as_of: date) -> list[Step]:
    rows = db.run(connection, "outreach/case/steps", {"as_of": as_of}).all()
    untold = _unanswered(connection, found)
    units = _units_by_code(connection, [row.unit_code for row in rows]) | {
        short.unit.unit_code: short.unit for short in found
    }
    return [
        Step(
            case_id=row.case_id,
            unit=units[row.unit_code],
            kind=row.kind,
            level=row.level,
            reason=row.reason,
            opened_on=row.opened_on,
            level_on=row.level_on,
            clock_on=row.clock_on,
            missing=int(row.missing),
            shortfall=untold.get(row.unit_code),
            detail=row.detail,
        )
        for row in rows
    ]


def _unanswered(connection: "Connection", found: Iterable["UnitShortfall"]) -> dict[str, "UnitShortfall"]:
    """The shortfalls without the days that the unit has answered for."""
    due = {(row.unit_code, row.given_on) for row in db.run(connection, "outreach/batch_short/unanswered")}
    cut = (
        replace(short, short_days=tuple(day for day in short.short_days if (short.unit.unit_code, day.given_on) in due))
        for short in found
    )
    return {short.unit.unit_code: short for short in cut if short.short_days}


def _units_by_code(connection: "Connection", codes: list[str]) -> dict[str, "Unit"]:
    from vaxtally.tally.readings import Unit

    rows = db.run(connection, "outreach/unit/select", {"unit_codes": codes}).mappings()
    return {row["unit_code"]: Unit(**row) for row in rows}
