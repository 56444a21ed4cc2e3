"""Read models over the tally for mails and digests. Each works for any as-of day, and reads only.

For the day of the last `reconcile` they read its result, so reconcile first; any other day is worked out anew.
`policies` are those of the settings: a day that was reconciled goes by those noted with it, whatever the settings say
today. Day D is due when D + grace < as_of. Days before `not_before` are left out.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from vaxtally import db
from vaxtally.tally.policies import GapPolicies, GapPolicy
from vaxtally.tally.readings import (
    DayTotals,
    LoweredReport,
    OpenRows,
    QuarantinedFile,
    RankedUnit,
    ShortDay,
    SilentUnit,
    SurplusKey,
    Timeliness,
    Totals,
    Unassigned,
    Unit,
    UnitShortfall,
    UnitTimeliness,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.working_days import WorkingDays

Reading = TypeVar("Reading")

# Long enough for a share within 14 days, short enough to show what changed.
TIMELINESS_DAYS = 28


def units_in_shortfall(
    connection: "Connection", as_of: date, policies: GapPolicies, not_before: date | None = None
) -> list[UnitShortfall]:
    """Every unit that is asked about a due day, by code, with its short days and what of it lies open.

    Left out: days within tolerance, and units of which fewer doses than the minimum gap are missing on the others.
    """
    due = {"as_of": as_of, "policies": policies.as_json(), "not_before": not_before}
    days = _by_unit((row.unit_code, _as(ShortDay, row)) for row in db.run(connection, "tally/day/select_short", due))
    ranked = [place for place in rank_units(connection, as_of, policies, not_before) if place.unit.unit_code in days]
    rows = _by_unit((rows.unit_code, rows) for rows in open_rows(connection, as_of))
    files = _by_unit((file.unit_code, file) for file in quarantined_files(connection, as_of))
    without_key = {each.unit_code: each for each in unassigned(connection, as_of)}
    return [
        UnitShortfall(
            unit=place.unit,
            totals=place.totals,
            short_days=tuple(days[place.unit.unit_code]),
            open_rows=tuple(rows.get(place.unit.unit_code, ())),
            quarantined_files=tuple(files.get(place.unit.unit_code, ())),
            unassigned=without_key.get(place.unit.unit_code),
        )
        for place in sorted(ranked, key=lambda place: place.unit.unit_code)
    ]


def rank_units(
    connection: "Connection", as_of: date, policies: GapPolicies, not_before: date | None = None
) -> list[RankedUnit]:
    """Every unit with a figure or a dose on a due day, the largest shortfall first, whatever the tolerance."""
    due = {"as_of": as_of, "policies": policies.as_json(), "not_before": not_before}
    return [
        RankedUnit(rank=row.rank, unit=_as(Unit, row), totals=_totals(row), days_short=row.days_short)
        for row in db.run(connection, "tally/unit/rank", due)
    ]


def silent_units(
    connection: "Connection", as_of: date, policies: GapPolicies, working: "WorkingDays"
) -> list[SilentUnit]:
    """Units open for that long, of which neither report nor upload came in on the last `silent_days` working days."""
    # As many working days are at least as many days: the statement leaves few units to look at.
    rows = db.run(connection, "tally/unit/select_silent", {"as_of": as_of, "policies": policies.as_json()})
    found = [_as(SilentUnit, row, unit=_as(Unit, row)) for row in rows]
    return [silent for silent in found if silent.since <= working.before(as_of, silent.silent_days)]


def timeliness(
    connection: "Connection",
    as_of: date,
    policies: GapPolicies,
    days: int = TIMELINESS_DAYS,
    not_before: date | None = None,
) -> list[UnitTimeliness]:
    """How soon each unit's doses of the last `days` days before as_of were entered, by code."""
    span = {"as_of": as_of, "policies": policies.as_json(), "days": days, "not_before": not_before}
    rows = db.run(connection, "tally/unit/select_timeliness", span)
    return [UnitTimeliness(unit=_as(Unit, row), timeliness=_counts(Timeliness, row)) for row in rows]


def policies_on(connection: "Connection", as_of: date, policies: GapPolicies) -> GapPolicies:
    """The policies that the day goes by: those noted with its reconciliation, else the given ones."""
    rows = db.run(connection, "tally/gap_policy/select", {"as_of": as_of, "policies": policies.as_json()})
    return GapPolicies(
        {
            row.unit_type: GapPolicy(
                grace_days=row.grace_days,
                min_gap=row.min_gap,
                tolerance_share=float(row.tolerance_share),
                silent_days=row.silent_days,
            )
            for row in rows
        }
    )


def units_without_address(connection: "Connection", as_of: date) -> list[Unit]:
    """Units open on that day whose data officer has no address."""
    return [_as(Unit, row) for row in db.run(connection, "tally/unit/select_without_address", {"as_of": as_of})]


def open_rows(connection: "Connection", as_of: date, unit_code: str | None = None) -> list[OpenRows]:
    """Rows received by then and not closed, by sender (None: the Department's files), outcome and rule."""
    rows = db.run(connection, "tally/open_row/count", {"as_of": as_of, "unit_code": unit_code})
    return [_as(OpenRows, row) for row in rows]


def unassigned(connection: "Connection", as_of: date, unit_code: str | None = None) -> list[Unassigned]:
    """What units sent by then that belongs to no day, vaccine and dose, by unit."""
    rows = db.run(connection, "tally/unassigned/select", {"as_of": as_of, "unit_code": unit_code})
    return [_as(Unassigned, row) for row in rows]


def surplus_causes(
    connection: "Connection", as_of: date, policies: GapPolicies, not_before: date | None = None
) -> list[SurplusKey]:
    """What is entered beyond the reports, or without one, on due days, and likely why; the largest excess first."""
    due = {"as_of": as_of, "policies": policies.as_json(), "not_before": not_before}
    return [_as(SurplusKey, row) for row in db.run(connection, "tally/surplus/select", due)]


def quarantined_files(connection: "Connection", as_of: date, unit_code: str | None = None) -> list[QuarantinedFile]:
    """Files refused by then that no later file of the same sender and kind, by name or bytes, has followed."""
    rows = db.run(connection, "tally/quarantined_file/select", {"as_of": as_of, "unit_code": unit_code})
    return [_as(QuarantinedFile, row, rules=tuple(row.rules)) for row in rows]


def daily_series(connection: "Connection", as_of: date, days: int = 28) -> list[DayTotals]:
    """The city day by day over the last `days` days, as_of included, in order."""
    return _series(connection, as_of, None, days)


def daily_series_of(connection: "Connection", as_of: date, unit_code: str, days: int = 28) -> list[DayTotals]:
    """One unit day by day, as daily_series."""
    return _series(connection, as_of, unit_code, days)


def daily_series_of_units(
    connection: "Connection", as_of: date, unit_codes: Sequence[str], days: int = 28
) -> dict[str, tuple[DayTotals, ...]]:
    """Some units day by day, as daily_series, each by its code."""
    span = {"as_of": as_of, "unit_codes": list(unit_codes), "days": days}
    rows = db.run(connection, "tally/day/select_series_of_units", span)
    found = _by_unit(
        (row.unit_code, DayTotals(unit_code=row.unit_code, given_on=row.given_on, totals=_totals(row))) for row in rows
    )
    return {code: tuple(series) for code, series in found.items()}


def lowered_reports(connection: "Connection", as_of: date, days: int = 1) -> list[LoweredReport]:
    """Figures that units lowered themselves in what was received in the last `days` days, as_of included."""
    rows = db.run(connection, "tally/lowered_report/select", {"as_of": as_of, "days": days})
    return [_as(LoweredReport, row) for row in rows]


def _series(connection: "Connection", as_of: date, unit_code: str | None, days: int) -> list[DayTotals]:
    span = {"as_of": as_of, "unit_code": unit_code, "days": days}
    return [
        DayTotals(unit_code=unit_code, given_on=row.given_on, totals=_totals(row))
        for row in db.run(connection, "tally/day/select_series", span)
    ]


def _totals(row: Any) -> Totals:
    return _counts(Totals, row)


def _counts(kind: type[Reading], row: Any) -> Reading:
    """A reading of sums alone, which arrive as numeric."""
    return kind(**{field.name: int(getattr(row, field.name)) for field in fields(kind)})  # pyright: ignore[reportArgumentType]


def _as(kind: type[Reading], row: Any, **values: Any) -> Reading:
    """The reading of a row that has its fields as columns; an empty text is None."""
    names = [field.name for field in fields(kind) if field.name not in values]  # pyright: ignore[reportArgumentType]
    return kind(**{name: None if (value := getattr(row, name)) == "" else value for name in names}, **values)


def _by_unit(pairs: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for unit_code, reading in pairs:
        found.setdefault(unit_code, []).append(reading)
    return found
