"""What a reminder knows of a unit: the lines that fall short, why, what was asked before, and the last 28 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vaxtally import reference

if TYPE_CHECKING:
    from vaxtally.tally.readings import DayTotals, QuarantinedFile, UnitShortfall

# The parts of a gap in the order in which a unit reads them: what it can do something about first.
CAUSES = ("never_received", "rejected", "declared_elsewhere", "held", "other_unit")
# Those a unit has sent and need not send again: under review, or settled in favour of another unit.
DEPARTMENTS_CAUSES = ("held", "other_unit")
# Complaints about records are to be answered within 48 hours (dispatch 9458/BYT-CNTT).
ANSWER_WITHIN_DAYS = 2


@dataclass(frozen=True)
class Line:
    """A day, vaccine and dose that falls short. The five causes add up to `missing`, where they are known."""

    given_on: date
    vaccine_name: str
    dose_number: int
    reported: int
    entered: int
    missing: int
    never_received: int = 0
    rejected: int = 0
    declared_elsewhere: int = 0
    held: int = 0
    other_unit: int = 0


@dataclass(frozen=True)
class Waiting:
    """Rows that wait: how many, and by rule, the most frequent first. A row may fail several rules."""

    rows: int
    rules: tuple[tuple[str, int], ...]

    def __bool__(self) -> bool:
        return self.rows > 0


@dataclass(frozen=True)
class Asked:
    """An earlier mail about the same case: `kind` shortfall or urgent, and what was missing then."""

    on: date
    kind: str
    missing: int


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Everything the mail says of a unit. Sums are over `lines`: reported - entered = missing.

    `overall_entered`: of all due doses reported, those entered; what was entered beyond a report makes up for nothing.
    `series`: the unit's last 28 days, in order; `first_pending`: the first of them that is not due yet.
    `asked`: the mails of this case before, in order. `next_on`: when an urged case goes to the Department if nothing
    changes.
    """

    unit_code: str
    unit_name: str
    language: str
    as_of: date
    lines: tuple[Line, ...]
    overall_reported: int
    overall_entered: int
    rejected: Waiting
    held: Waiting
    quarantined: tuple["QuarantinedFile", ...]
    rejected_upload_ids: tuple[int, ...]
    opened_on: date
    first_pending: date
    next_on: date
    series: tuple["DayTotals", ...] = ()
    asked: tuple[Asked, ...] = ()
    reply_pause_days: int = 5
    shrink_share: float = 0.2

    @property
    def reported(self) -> int:
        return sum(line.reported for line in self.lines)

    @property
    def entered(self) -> int:
        return sum(line.entered for line in self.lines)

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)

    @property
    def ratio(self) -> float:
        return self.entered / self.reported

    @property
    def causes(self) -> dict[str, int]:
        """Doses missing by cause, without those that explain none."""
        sums = {cause: sum(getattr(line, cause) for line in self.lines) for cause in CAUSES}
        return {cause: missing for cause, missing in sums.items() if missing}

    @property
    def departments(self) -> int:
        """Of what is missing, the doses that the Department has to settle, or has settled."""
        return sum(missing for cause, missing in self.causes.items() if cause in DEPARTMENTS_CAUSES)

    @property
    def is_departments(self) -> bool:
        """Nothing is left for the unit to do."""
        return self.departments == self.missing

    @property
    def days(self) -> dict[date, int]:
        """Doses missing by day, in order."""
        found: dict[date, int] = {}
        for line in sorted(self.lines, key=lambda line: line.given_on):
            found[line.given_on] = found.get(line.given_on, 0) + line.missing
        return found

    @property
    def deadline(self) -> date:
        return self.as_of + timedelta(days=ANSWER_WITHIN_DAYS)


def letter(found: "UnitShortfall", as_of: date, rejected_upload_ids: Sequence[int]) -> Letter:
    """The letter to the unit of a tally reading; what its case adds is the caller's to replace."""
    unit = found.unit
    return Letter(
        unit_code=unit.unit_code,
        unit_name=unit.name,
        language=unit.language,
        as_of=as_of,
        lines=tuple(
            Line(
                given_on=day.given_on,
                vaccine_name=reference.vaccines()[day.vaccine]["name"],
                dose_number=day.dose_number,
                reported=day.reported,
                entered=day.entered,
                missing=day.missing,
                **{cause: getattr(day, cause) for cause in CAUSES},
            )
            for day in found.short_days
        ),
        overall_reported=found.totals.reported,
        overall_entered=found.totals.reported - found.totals.shortfall,
        rejected=_waiting(found, "rejected"),
        held=_waiting(found, "held"),
        quarantined=found.quarantined_files,
        rejected_upload_ids=tuple(rejected_upload_ids),
        opened_on=as_of,
        first_pending=as_of,
        next_on=as_of,
    )


def _waiting(found: "UnitShortfall", outcome: str) -> Waiting:
    by_rule = [(rows.rule, rows.rows) for rows in found.open_rows if rows.outcome == outcome and rows.rule]
    return Waiting(found.rows_open(outcome), tuple(sorted(by_rule, key=lambda pair: (-pair[1], pair[0]))))
