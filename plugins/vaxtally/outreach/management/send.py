"""The weekly report leaves: written into the ledger once a day and address, as files into the home, then sent."""

from datetime import date
from typing import TYPE_CHECKING

from vaxtally.outreach import delivery, ledger
from vaxtally.outreach.summary import OutreachSummary
from vaxtally.working_days import read_weekdays

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.outreach.management.document import Report
    from vaxtally.outreach.management.week import Week
    from vaxtally.settings import Settings

KIND = "digest"
FOLDER = "reports"


def is_due(as_of: date, settings: "Settings") -> bool:
    """Whether the day is the week's day for the report, and there is anybody to send it to."""
    return bool(settings.management_to) and as_of.weekday() in read_weekdays(settings.management_weekday)


def send_management_report(engine: "Engine", as_of: date, settings: "Settings") -> OutreachSummary:
    """Write the report of the week that ends with the day to every address of `settings.management_to`, and send it.

    The page and the PDF go to `<home>/reports/` too, with or without an address. Any day may be asked for; a day that
    was written about is not written about again. Raises SettingsError before anything changes.
    """
    from vaxtally.outreach.management import files, report, week
    from vaxtally.outreach.transport import addresses

    delivery.check_settings(settings)
    usable, unusable = addresses(";".join(settings.management_to))
    notes = [f"VAXTALLY_MANAGEMENT_TO holds no usable address: {text}" for text in unusable]
    if not settings.management_to:
        notes.append("No management address is set (VAXTALLY_MANAGEMENT_TO); the report lies in the home alone")
    with engine.begin() as connection:
        ledger.lock(connection)
        found = week.read(connection, as_of, settings)
        told = report.tell(found, settings.digest_language)
        written = 0
        if ledger.is_past(connection, KIND, as_of):
            notes.append(f"A digest of a later day than {as_of} was written already; no mail about the past")
        else:
            written = _write(connection, found, told, usable, settings)
    # What was mailed is what is kept; run again, the report would count its own mails.
    files.write(settings.home / FOLDER, told, replacing=bool(written))
    return OutreachSummary(
        kind=KIND,
        as_of=as_of,
        written=written,
        delivery=delivery.deliver_queued(engine, settings, KIND),
        units_short=len(found.short),
        units_without_address=tuple(unit.unit_code for unit in found.city.without_address),
        notes=tuple(notes),
    )


def _write(connection: "Connection", found: "Week", told: "Report", recipients: list[str], settings: "Settings") -> int:
    from vaxtally.outreach.management import letter
    from vaxtally.outreach.transport import sender

    if not recipients:
        return 0
    draft = letter.write(found, told, sender(settings))
    return sum(ledger.write(connection, draft.to(recipient)) for recipient in recipients)
