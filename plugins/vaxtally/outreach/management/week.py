"""The city's week in figures: plain values, no patient data. Any day can be read again.

Sums are over due days and count no more as entered than was reported, as in the daily digest.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.outreach import city, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.outreach.city import City
    from vaxtally.outreach.outbox import RefusedAddress
    from vaxtally.settings import Settings
    from vaxtally.tally.readings import LoweredReport, Unassigned, UnitTimeliness

DAYS = 7
# How far back the trend goes: two months, which is what a campaign's leadership plans in.
TREND_WEEKS = 8
# Waiting for review longer than this is told apart.
LONG_REVIEW_DAYS = 7
LEVELS = (0, 1, 2, 3)
# Why doses are missing, and why too many are entered, in the tally's order; docs/tally.md says what each means.
GAP_CAUSES = ("held", "rejected", "other_unit", "declared_elsewhere", "never_received")
SURPLUS_CAUSES = (
    "duplicate_persons", "wrong_vaccine_or_dose", "wrong_date", "wrong_unit", "nil_report", "missing_report",
    "unexplained",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Doses over due days, of the city, a district or a unit, as known on one day. `missing`: of those reported."""

    reported: int = 0
    missing: int = 0

    @property
    def entered(self) -> int:
        return self.reported - self.missing

    @property
    def ratio(self) -> float | None:
        return self.entered / self.reported if self.reported else None

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(reported=self.reported + other.reported, missing=self.missing + other.missing)


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """The city as it was known on a day."""

    as_of: date
    standing: Standing
    units_short: int


@dataclass(frozen=True, kw_only=True)
class UnitWeek:
    """A unit today and a week ago."""

    unit_code: str
    name: str
    district_code: str | None
    now: Standing
    before: Standing
    days_short: int

    @property
    def change(self) -> int:
        """By how many doses the gap grew; below 0 it fell."""
        return self.now.missing - self.before.missing


@dataclass(frozen=True, kw_only=True)
class District:
    """The units of a district taken together. `code` None: units whose district is on no list."""

    code: str | None
    standing: Standing
    units: int
    units_short: int


@dataclass(frozen=True, kw_only=True)
class CaseLevel:
    """Open cases of one level; `proposed` ones wait for the Department's decision."""

    level: int
    cases: int = 0
    paused: int = 0
    proposed: int = 0
    missing: int = 0


@dataclass(frozen=True, kw_only=True)
class WaitingReviews:
    """Rows of one rule that wait for review; `rule` None: corrections, which break none."""

    rule: str | None
    rows: int
    oldest_on: date
    long: int


@dataclass(frozen=True, kw_only=True)
class Mails:
    """Mails of the week with one outcome."""

    status: str
    failure: str | None
    mails: int
    recipients: int


@dataclass(frozen=True, kw_only=True)
class SurplusUnit:
    """What a unit has entered beyond its reports of due days; `causes` add up to it."""

    name: str
    excess: int
    causes: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Week:
    """What the weekly report says. `city` is what the daily digest of the day says."""

    as_of: date
    city: "City"
    trend: tuple[TrendPoint, ...]
    units: tuple[UnitWeek, ...]
    districts: tuple[District, ...]
    cases: tuple[CaseLevel, ...]
    case_events: dict[str, int]
    replies: tuple[tuple[str, int, int], ...]
    mails: tuple[Mails, ...]
    # as it stands now, whatever the day
    refused_addresses: tuple["RefusedAddress", ...]
    reviews: tuple[WaitingReviews, ...]
    lowered: tuple["LoweredReport", ...]
    # what is missing by cause, in the order of GAP_CAUSES
    causes: dict[str, int]
    surplus: tuple[SurplusUnit, ...]
    unassigned: tuple["Unassigned", ...]
    # over 28 days, today and a week ago
    timeliness: tuple["UnitTimeliness", ...]
    timeliness_before: tuple["UnitTimeliness", ...]

    @property
    def before_on(self) -> date:
        """The day it is compared with."""
        return self.as_of - timedelta(days=DAYS)

    @property
    def now(self) -> Standing:
        return self.trend[-1].standing

    @property
    def before(self) -> Standing:
        return self.trend[-2].standing

    @cached_property
    def short(self) -> list[UnitWeek]:
        """Units with a due gap, the largest first."""
        return sorted((each for each in self.units if each.now.missing), key=lambda u: (-u.now.missing, u.unit_code))

    @cached_property
    def worsened(self) -> list[UnitWeek]:
        """Units whose gap grew during the week, by the most doses first."""
        return sorted((each for each in self.units if each.change > 0), key=lambda u: (-u.change, u.unit_code))

    @cached_property
    def improved(self) -> list[UnitWeek]:
        """Units whose gap fell during the week, by the most doses first."""
        return sorted((each for each in self.units if each.change < 0), key=lambda u: (u.change, u.unit_code))

    @cached_property
    def lowest(self) -> list[UnitWeek]:
        """Units with a due gap, the lowest ratio first."""
        return sorted(self.short, key=lambda u: (u.now.ratio or 0.0, -u.now.missing, u.unit_code))

    @cached_property
    def complete(self) -> list[UnitWeek]:
        """Units that reported and of whose due doses none is missing, the most doses first."""
        whole = (each for each in self.units if each.now.reported and not each.now.missing)
        return sorted(whole, key=lambda u: (-u.now.reported, u.unit_code))


def read(connection: "Connection", as_of: date, settings: "Settings") -> Week:
    """Read the week that ends with the day. Reconcile first, where the day is today."""
    from vaxtally.tally import gaps

    due = {"as_of": as_of, "policies": settings.policies.as_json(), "not_before": settings.mail_not_before}
    points = _rows(connection, "units", **due, weeks=TREND_WEEKS)
    known = {row["unit_code"]: row for row in _rows(connection, "district_codes")}
    units = _units(points, known, as_of)
    recent = {"as_of": as_of, "days": DAYS}
    levels = {row["level"]: CaseLevel(**_whole(row)) for row in _rows(connection, "cases", as_of=as_of)}
    return Week(
        as_of=as_of,
        city=city.read(connection, as_of, settings),
        trend=_trend(points),
        units=units,
        districts=_districts(units),
        cases=tuple(levels.get(level, CaseLevel(level=level)) for level in LEVELS),
        case_events={row["event"]: row["times"] for row in _rows(connection, "case_events", **recent)},
        replies=tuple((row["code"], row["replies"], row["units"]) for row in _rows(connection, "replies", **recent)),
        mails=tuple(Mails(**row) for row in _rows(connection, "mails", **recent)),
        refused_addresses=outbox.troubles(connection).refused,
        reviews=tuple(
            WaitingReviews(**row)
            for row in _rows(connection, "reviews", as_of=as_of, days=LONG_REVIEW_DAYS, zone=settings.timezone.key)
        ),
        lowered=tuple(gaps.lowered_reports(connection, as_of, DAYS)),
        causes=_causes(_rows(connection, "causes", **due)[0], GAP_CAUSES),
        surplus=tuple(
            SurplusUnit(name=row["name"], excess=int(row["excess"]), causes=_causes(row, SURPLUS_CAUSES))
            for row in _rows(connection, "surplus", **due)
        ),
        unassigned=tuple(gaps.unassigned(connection, as_of)),
        timeliness=_timeliness(connection, as_of, settings),
        timeliness_before=_timeliness(connection, as_of - timedelta(days=DAYS), settings),
    )


def _rows(connection: "Connection", name: str, **values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in db.run(connection, f"outreach/week/{name}", values).mappings()]


def _timeliness(connection: "Connection", as_of: date, settings: "Settings") -> tuple["UnitTimeliness", ...]:
    from vaxtally.tally import gaps

    found = gaps.timeliness(connection, as_of, settings.policies, not_before=settings.mail_not_before)
    return tuple(found)


def _causes(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, int]:
    return {name: int(row[name]) for name in names}


def _whole(row: dict[str, Any]) -> dict[str, int]:
    """Sums arrive as numeric."""
    return {name: int(value) for name, value in row.items()}


def _standing(row: dict[str, Any] | None) -> Standing:
    return Standing(reported=int(row["reported"]), missing=int(row["missing"])) if row else Standing()


def _trend(points: list[dict[str, Any]]) -> tuple[TrendPoint, ...]:
    found: dict[date, list[dict[str, Any]]] = {}
    for row in points:
        found.setdefault(row["as_of"], []).append(row)
    return tuple(
        TrendPoint(
            as_of=day,
            standing=sum(map(_standing, rows), Standing()),
            units_short=sum(row["missing"] > 0 for row in rows),
        )
        for day, rows in sorted(found.items())
    )


def _units(points: list[dict[str, Any]], known: dict[str, dict[str, Any]], as_of: date) -> tuple[UnitWeek, ...]:
    """Every unit with a figure or a dose on a due day, today or a week ago, by code."""
    by_day = {day: {} for day in (as_of, as_of - timedelta(days=DAYS))}
    for row in points:
        if row["as_of"] in by_day and row["unit_code"]:
            by_day[row["as_of"]][row["unit_code"]] = row
    now, before = by_day[as_of], by_day[as_of - timedelta(days=DAYS)]
    return tuple(
        UnitWeek(
            unit_code=code,
            name=known[code]["name"],
            district_code=known[code]["district_code"],
            now=_standing(now.get(code)),
            before=_standing(before.get(code)),
            days_short=now[code]["days_short"] if code in now else 0,
        )
        for code in sorted(now.keys() | before.keys())
    )


def _districts(units: tuple[UnitWeek, ...]) -> tuple[District, ...]:
    """Districts with a unit that was heard of, the lowest ratio first."""
    found: dict[str | None, list[UnitWeek]] = {}
    for unit in units:
        found.setdefault(unit.district_code, []).append(unit)
    districts = [
        District(
            code=code,
            standing=sum((unit.now for unit in members), Standing()),
            units=len(members),
            units_short=sum(unit.now.missing > 0 for unit in members),
        )
        for code, members in found.items()
    ]
    return tuple(sorted(districts, key=lambda d: (d.standing.ratio is None, d.standing.ratio, d.code or "")))
