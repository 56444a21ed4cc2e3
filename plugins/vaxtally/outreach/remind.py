"""Which units are written to today, at which addresses, and about what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.outreach import delivery, ledger, shortfall
from vaxtally.outreach.summary import OutreachSummary

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.settings import Settings
    from vaxtally.tally.readings import Unit, UnitShortfall


@dataclass(frozen=True)
class _Due:
    """The units in shortfall, by whether they can be written to."""

    found: list["UnitShortfall"]
    mailed: list[tuple["UnitShortfall", list[str]]]
    without_address: tuple[str, ...]
    closed: tuple[str, ...]

    def recipients(self) -> Iterator[tuple[str, str]]:
        """Every (unit code, address) that is written to."""
        return ((found.unit.unit_code, address) for found, usable in self.mailed for address in usable)


def remind_units(engine: "Engine", as_of: date, settings: "Settings") -> OutreachSummary:
    """Write to every unit whose due entries fall short of its reports, then send what waits.

    One mail a unit and address, once a case: again only when a day is short that the recipient was not told of.
    What is written commits before anything is sent. Raises SettingsError before anything changes.
    """
    from vaxtally.tally import gaps

    delivery.check_settings(settings)
    notes: tuple[str, ...] = ()
    with engine.begin() as connection:
        ledger.lock(connection)
        found = gaps.units_in_shortfall(connection, as_of, settings.grace_days, settings.mail_not_before)
        due = _sort_out(found, as_of)
        if ledger.is_past(connection, shortfall.KIND, as_of):
            written = 0
            notes = (f"Mails were written for a later day than {as_of} already; nobody is written to about the past",)
        else:
            written = _write(connection, due, as_of, settings)
    return OutreachSummary(
        kind=shortfall.KIND,
        as_of=as_of,
        written=written,
        delivery=delivery.deliver_queued(engine, settings, shortfall.KIND),
        units_short=len(found),
        units_without_address=due.without_address,
        units_closed=due.closed,
        notes=notes,
    )


def is_closed(unit: "Unit", as_of: date) -> bool:
    """True from the unit's closing day on."""
    return unit.closed_on is not None and unit.closed_on <= as_of


def _sort_out(found: list["UnitShortfall"], as_of: date) -> _Due:
    from vaxtally.outreach.transport import addresses

    closed = tuple(short.unit.unit_code for short in found if is_closed(short.unit, as_of))
    usable = [
        (short, addresses(short.unit.data_officer_email)[0]) for short in found if short.unit.unit_code not in closed
    ]
    return _Due(
        found=found,
        mailed=[(short, to) for short, to in usable if to],
        without_address=tuple(short.unit.unit_code for short, to in usable if not to),
        closed=closed,
    )


def _write(connection: "Connection", due: _Due, as_of: date, settings: "Settings") -> int:
    """Bring the ledger up to this day; returns the number of new mails."""
    from vaxtally.outreach.transport import sender

    _close_and_withdraw(connection, due, as_of)
    told = ledger.told_days(connection, redirected=settings.mail_mode == "redirect")
    uploads = {
        row.unit_code: row.upload_ids for row in db.run(connection, "outreach/rejected_upload/list", {"as_of": as_of})
    }
    contact = sender(settings)
    written = 0
    for found, usable in due.mailed:
        code = found.unit.unit_code
        days = {day.given_on for day in found.short_days}
        new = [to for to in usable if days - told.get((code, to.lower()), set())]
        if new:
            letter = shortfall.letter(found, as_of, uploads.get(code, ()))
            written += sum(ledger.write(connection, shortfall.write(letter, to, contact)) for to in new)
    return written


def _close_and_withdraw(connection: "Connection", due: _Due, as_of: date) -> None:
    short = {(found.unit.unit_code, day.given_on) for found in due.found for day in found.short_days}
    codes, days = [code for code, _ in short], [day for _, day in short]
    db.run(connection, "outreach/message_day/close", {"as_of": as_of, "unit_codes": codes, "days": days})
    recipients = list(due.recipients())
    values = {"unit_codes": [code for code, _ in recipients], "recipients": [address for _, address in recipients]}
    db.run(connection, "outreach/message/withdraw", values)
