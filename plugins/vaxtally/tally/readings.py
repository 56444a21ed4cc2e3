"""What the tally tells the outreach room: plain values, no patient data."""

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit as the unit list names it. Several addresses stand in one text, separated by `;`; None where empty."""

    unit_code: str
    name: str
    unit_type: str
    district_code: str | None
    parent_unit_code: str | None
    language: str
    data_officer_name: str | None
    data_officer_email: str | None
    head_name: str | None
    head_email: str | None
    opened_on: date | None
    closed_on: date | None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Doses added up over keys that have a figure: `reported - entered == shortfall - surplus`, always."""

    reported: int
    entered: int
    shortfall: int
    surplus: int
    # entered at keys nobody reported on: in none of the four above
    entered_unreported: int

    @property
    def entry_ratio(self) -> float | None:
        """Entered ÷ reported; None where nothing is reported."""
        return self.entered / self.reported if self.reported else None


@dataclass(frozen=True, kw_only=True)
class ShortDay:
    """One key that falls short: `missing` = `reported - entered`, above 0; the five parts of it add up to it.

    What each part means: docs/tally.md.
    """

    given_on: date
    vaccine: str
    dose_number: int
    reported: int
    entered: int
    missing: int
    held: int = 0
    rejected: int = 0
    other_unit: int = 0
    declared_elsewhere: int = 0
    never_received: int = 0


@dataclass(frozen=True, kw_only=True)
class OpenRows:
    """Rows of one sender that still wait, by rule: rejected ones for the unit, held ones for the Department.

    A row that fails two rules counts under both; `rule` None is the number of rows, each once.
    """

    unit_code: str | None
    outcome: str
    rule: str | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class QuarantinedFile:
    """A refused file that nothing has replaced yet. Its name may hold a patient's: it is known by its id."""

    upload_id: int
    unit_code: str | None
    kind: str
    received_on: date
    rules: tuple[str, ...]
    rows_total: int


@dataclass(frozen=True, kw_only=True)
class Unassigned:
    """What a unit sent that belongs to no day, vaccine and dose: it stands beside the causes, in none of them.

    `rows`: rejected rows, each once; a row may lack more than one of the three. `files`: refused files of which no row
    was kept. Neither is bound to due days.
    """

    unit_code: str
    rows: int
    rows_without_date: int
    rows_without_vaccine: int
    rows_without_dose_number: int
    files: int


@dataclass(frozen=True, kw_only=True)
class SurplusKey:
    """A key with more entered than reported. `excess`: how many; all of it where nobody reported. The parts add up.

    What each part means: docs/tally.md. `likely_*` point at the largest shortfall that speaks for a part, None where
    there is none; `likely_unit_code` is for the Department alone.
    """

    unit_code: str
    given_on: date
    vaccine: str
    dose_number: int
    state: str
    reported: int | None
    entered: int
    excess: int
    duplicate_persons: int
    wrong_vaccine_or_dose: int
    wrong_date: int
    wrong_unit: int
    nil_report: int
    missing_report: int
    unexplained: int
    likely_vaccine: str | None
    likely_dose_number: int | None
    likely_given_on: date | None
    likely_unit_code: str | None


@dataclass(frozen=True, kw_only=True)
class UnitShortfall:
    """Why a unit is written to. The totals are of all due days; the days, in order, are those it is asked about."""

    unit: Unit
    totals: Totals
    short_days: tuple[ShortDay, ...]
    open_rows: tuple[OpenRows, ...]
    quarantined_files: tuple[QuarantinedFile, ...]
    # None: nothing it sent is without a key
    unassigned: Unassigned | None = None

    @property
    def missing(self) -> int:
        """Doses missing on the days it is asked about."""
        return sum(day.missing for day in self.short_days)

    def rows_open(self, outcome: str) -> int:
        """How many of its rows are still `rejected` or `held`."""
        return sum(rows.rows for rows in self.open_rows if rows.outcome == outcome and rows.rule is None)


@dataclass(frozen=True, kw_only=True)
class RankedUnit:
    """A unit's place in the city over due days: 1 is the largest shortfall; equal shortfalls share a rank."""

    rank: int
    unit: Unit
    totals: Totals
    days_short: int


@dataclass(frozen=True, kw_only=True)
class SilentUnit:
    """An open unit of which nothing came in for `silent_days` working days, its type's; None: never."""

    unit: Unit
    silent_days: int
    last_report_on: date | None
    last_upload_on: date | None

    @property
    def since(self) -> date:
        """The last day on which something came in, or on which it opened."""
        days = (self.unit.opened_on, self.last_report_on, self.last_upload_on)
        return max((day for day in days if day), default=date.min)


@dataclass(frozen=True, kw_only=True)
class DayTotals:
    """A day's totals, of one unit or (`unit_code` None) of the city; days without anything are there too."""

    unit_code: str | None
    given_on: date
    totals: Totals


@dataclass(frozen=True, kw_only=True)
class LoweredReport:
    """A figure that the unit itself lowered."""

    unit_code: str
    given_on: date
    vaccine: str
    dose_number: int
    previous: int
    doses_given: int
    received_on: date
    upload_id: int


@dataclass(frozen=True, kw_only=True)
class Timeliness:
    """How soon doses were entered, in doses; two can be added.

    `given_<n>`: doses known to have been given (entered, or missing by the report) on days since which n days have
    passed; `within_<n>`: those of them entered no later than n days after. `missing`: of the `reported`, those not
    entered yet on due days.
    """

    given_1: int
    within_1: int
    given_7: int
    within_7: int
    given_14: int
    within_14: int
    reported: int
    missing: int

    def __add__(self, other: "Timeliness") -> "Timeliness":
        return Timeliness(**{name.name: getattr(self, name.name) + getattr(other, name.name) for name in fields(self)})

    def share_within(self, days: int) -> float | None:
        """Of the doses given, those entered within 1, 7 or 14 days; None where no such day has passed."""
        given = getattr(self, f"given_{days}")
        return getattr(self, f"within_{days}") / given if given else None

    @property
    def share_missing(self) -> float | None:
        """Of the doses reported, those never entered so far; None where nothing is reported."""
        return self.missing / self.reported if self.reported else None


@dataclass(frozen=True, kw_only=True)
class UnitTimeliness:
    """A unit's."""

    unit: Unit
    timeliness: Timeliness
