"""The daily digest of those who have units below them: a district's health office, a hospital with branches.

Each is told of all units below it, whatever the depth, and not of itself: about its own doses it is written to as a
unit. Where nothing below it is short there is no mail that day. Read for all parents at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.outreach import ledger

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.outreach.city import City
    from vaxtally.settings import Settings
    from vaxtally.tally.readings import DayTotals, Unit

SERIES_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Parent:
    """A unit, and the codes of those below it."""

    unit: "Unit"
    below: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Written:
    """New mails in the ledger, and the parents that had something to be told and no address."""

    mails: int
    without_address: tuple[str, ...]


def write(connection: "Connection", city: "City", settings: "Settings") -> Written:
    """Write the day's digest for every parent that has something to be told. The caller holds `ledger.lock`."""
    from vaxtally.outreach import bulletin
    from vaxtally.outreach.transport import sender

    told = [(parent, part) for parent in _parents(connection, city.as_of) if (part := _part(city, parent)).short]
    series = _series(connection, city.as_of, [parent for parent, _ in told])
    done = {(row.unit_code, row.recipient) for row in _written(connection, city.as_of)}
    mails, without_address = 0, []
    for parent, part in told:
        recipients = addresses_of(parent.unit)
        if not recipients:
            without_address.append(parent.unit.unit_code)
        left = [each for each in recipients if (parent.unit.unit_code, each.lower()) not in done]
        if left:
            drawn = replace(part, series=series[parent.unit.unit_code])
            draft = bulletin.write(drawn, parent.unit.language, sender(settings), parent.unit)
            mails += sum(ledger.write(connection, draft.to(each)) for each in left)
    return Written(mails=mails, without_address=tuple(without_address))


def addresses_of(unit: "Unit") -> list[str]:
    """Those of its data officer; where there is none that can be used, those of its head."""
    from vaxtally.outreach.transport import addresses

    return addresses(unit.data_officer_email or "")[0] or addresses(unit.head_email or "")[0]


def _part(city: "City", parent: Parent) -> "City":
    """What the city's state says of the units below a parent. Reviews and mails are the Department's own affair."""
    below = parent.below
    ranked = [place for place in city.ranked if place.unit.unit_code in below]
    larger = {place.rank: sum(other.rank < place.rank for other in ranked) for place in ranked}
    return replace(
        city,
        ranked=tuple(replace(place, rank=larger[place.rank] + 1) for place in ranked),
        silent=tuple(each for each in city.silent if each.unit.unit_code in below),
        without_address=tuple(unit for unit in city.without_address if unit.unit_code in below),
        quarantined=tuple(file for file in city.quarantined if file.unit_code in below),
        replies=tuple(reply for reply in city.replies if reply.unit_code in below),
        proposals=(),
        lowered=tuple(line for line in city.lowered if line.unit_code in below),
        held=(),
        held_rows=0,
        person_pairs=None,
        undelivered=(),
        series=(),
    )


def _parents(connection: "Connection", as_of: date) -> list[Parent]:
    from vaxtally.tally.readings import Unit

    names = [field.name for field in fields(Unit)]
    return [
        Parent(unit=Unit(**{name: getattr(row, name) for name in names}), below=frozenset(row.below))
        for row in db.run(connection, "outreach/parent/select", {"as_of": as_of})
    ]


def _series(connection: "Connection", as_of: date, parents: Sequence[Parent]) -> Mapping[str, "tuple[DayTotals, ...]"]:
    from vaxtally.tally.readings import DayTotals, Totals

    pairs = [(parent.unit.unit_code, code) for parent in parents for code in sorted(parent.below)]
    values = {"parents": [pair[0] for pair in pairs], "units": [pair[1] for pair in pairs]}
    found: dict[str, list[DayTotals]] = {}
    rows = db.run(connection, "outreach/parent/series", {**values, "as_of": as_of, "days": SERIES_DAYS})
    for row in rows:
        totals = Totals(**{field.name: int(getattr(row, field.name)) for field in fields(Totals)})
        day = DayTotals(unit_code=row.parent_unit_code, given_on=row.given_on, totals=totals)
        found.setdefault(row.parent_unit_code, []).append(day)
    return {code: tuple(days) for code, days in found.items()}


def _written(connection: "Connection", as_of: date) -> Sequence[Any]:
    return db.run(connection, "outreach/message/written_digests", {"as_of": as_of}).all()
