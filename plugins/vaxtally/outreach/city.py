"""The city's state on one day, as the digest tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.outreach.cases import is_closed
from vaxtally.working_days import working_days

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.outreach.escalations import Proposal
    from vaxtally.outreach.replies import Reply
    from vaxtally.settings import Settings
    from vaxtally.tally.readings import (
        DayTotals,
        LoweredReport,
        QuarantinedFile,
        RankedUnit,
        SilentUnit,
        Unit,
    )

# How long a mail that did not arrive stays in the digest.
UNDELIVERED_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class HeldRule:
    """Rows that wait for review under one rule, and the day the oldest came in."""

    rule: str
    rows: int
    oldest_on: date


@dataclass(frozen=True, kw_only=True)
class OpenPairs:
    """Pairs of registered persons who may be one and wait for review, and the day the oldest was found."""

    pairs: int
    oldest_on: date | None


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """A mail that did not arrive, or of which nobody knows; `unit_name` None: a digest."""

    unit_name: str | None
    recipient: str
    status: str
    as_of: date


@dataclass(frozen=True, kw_only=True)
class City:
    """What the digest says. Sums are over due days; `entered` counts no more than was reported."""

    as_of: date
    grace_days: int
    silent_days: int
    ranked: tuple["RankedUnit", ...]
    silent: tuple["SilentUnit", ...]
    without_address: tuple["Unit", ...]
    bad_address: frozenset[str]
    quarantined: tuple["QuarantinedFile", ...]
    held: tuple[HeldRule, ...]
    held_rows: int
    # None: not this reader's affair
    person_pairs: OpenPairs | None
    lowered: tuple["LoweredReport", ...]
    undelivered: tuple[Undelivered, ...]
    replies: tuple["Reply", ...]
    # urgent dispatches that wait for a decision
    proposals: tuple["Proposal", ...]
    series: tuple["DayTotals", ...]
    unit_names: dict[str, str]

    @property
    def short(self) -> list["RankedUnit"]:
        """Units with a due shortfall, the largest first."""
        return [place for place in self.ranked if place.totals.shortfall]

    @property
    def unreachable(self) -> list["RankedUnit"]:
        """Units in shortfall that nobody can write to."""
        return [
            place
            for place in self.short
            if is_closed(place.unit, self.as_of)
            or not place.unit.data_officer_email
            or place.unit.unit_code in self.bad_address
        ]

    @property
    def reported(self) -> int:
        return sum(place.totals.reported for place in self.ranked)

    @property
    def missing(self) -> int:
        return sum(place.totals.shortfall for place in self.ranked)

    @property
    def entered(self) -> int:
        return self.reported - self.missing

    @property
    def ratio(self) -> float | None:
        return self.entered / self.reported if self.reported else None

    @property
    def surplus(self) -> dict[str, int]:
        """Doses entered beyond a report or without one, by unit code."""
        found = {place.unit.unit_code: place.totals.surplus + place.totals.entered_unreported for place in self.ranked}
        return {code: doses for code, doses in found.items() if doses}

    @property
    def first_pending(self) -> date:
        """The first day that is not due yet: D is due when D + grace < as_of."""
        return self.as_of - timedelta(days=self.grace_days)


def read(connection: "Connection", as_of: date, settings: "Settings") -> City:
    """Read the day's state. Reconcile first."""
    from vaxtally.outreach import escalations, replies
    from vaxtally.tally import gaps

    ranked = gaps.rank_units(connection, as_of, settings.policies, settings.mail_not_before)
    held_rows = [rows.rows for rows in gaps.open_rows(connection, as_of) if rows.outcome == "held" and not rows.rule]
    return City(
        as_of=as_of,
        grace_days=settings.grace_days,
        silent_days=settings.silent_days,
        ranked=tuple(ranked),
        silent=tuple(gaps.silent_units(connection, as_of, settings.policies, working_days(settings))),
        without_address=tuple(gaps.units_without_address(connection, as_of)),
        bad_address=_bad_addresses(ranked),
        quarantined=tuple(gaps.quarantined_files(connection, as_of)),
        held=tuple(HeldRule(**row) for row in _rows(connection, "held_row/count", as_of=as_of)),
        held_rows=sum(held_rows),
        person_pairs=OpenPairs(**_rows(connection, "person_pair/count", as_of=as_of)[0]),
        lowered=tuple(gaps.lowered_reports(connection, as_of)),
        undelivered=tuple(
            Undelivered(**row) for row in _rows(connection, "message/undelivered", as_of=as_of, days=UNDELIVERED_DAYS)
        ),
        replies=tuple(replies.in_force(connection, as_of)),
        proposals=tuple(escalations.waiting(connection)),
        series=tuple(gaps.daily_series(connection, as_of)),
        unit_names={row["unit_code"]: row["name"] for row in _rows(connection, "unit/names")},
    )


def _rows(connection: "Connection", name: str, **values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in db.run(connection, f"outreach/{name}", values).mappings()]


def _bad_addresses(ranked: Sequence["RankedUnit"]) -> frozenset[str]:
    """Units whose address texts hold no usable address."""
    from vaxtally.outreach.transport import addresses

    given = {place.unit.unit_code: place.unit.data_officer_email for place in ranked}
    return frozenset(code for code, text in given.items() if text and not addresses(text)[0])
