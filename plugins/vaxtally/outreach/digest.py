"""The daily digest to the Department, and its part to whoever has units below it: into the ledger, then sent."""

from datetime import date
from typing import TYPE_CHECKING

from vaxtally.outreach import delivery, ledger, parents
from vaxtally.outreach.cases import is_closed
from vaxtally.outreach.summary import OutreachSummary

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.outreach.city import City
    from vaxtally.settings import Settings

KIND = "digest"


def send_digest(engine: "Engine", as_of: date, settings: "Settings") -> OutreachSummary:
    """Write the day's digests, once a day and address: the city's to `settings.digest_to`, to each parent its own part.

    Then send what waits. Raises SettingsError before anything changes.
    """
    from vaxtally.outreach.transport import addresses

    delivery.check_settings(settings)
    usable, unusable = addresses(";".join(settings.digest_to))
    notes = [f"VAXTALLY_DIGEST_TO holds no usable address: {text}" for text in unusable]
    if not settings.digest_to:
        notes.append("No digest address is set (VAXTALLY_DIGEST_TO); no digest of the city was written")
    with engine.begin() as connection:
        ledger.lock(connection)
        city = _read(connection, as_of, settings)
        written = 0
        if ledger.is_past(connection, KIND, as_of):
            notes.append(f"A digest of a later day than {as_of} was written already; no digest about the past")
        else:
            written = _write(connection, city, usable, settings) if usable else 0
            told = parents.write(connection, city, settings)
            written += told.mails
            notes += [f"{code} has units below it and no address for their digest" for code in told.without_address]
    return OutreachSummary(
        kind=KIND,
        as_of=as_of,
        written=written,
        delivery=delivery.deliver_queued(engine, settings, KIND),
        units_short=len(city.short),
        units_without_address=tuple(unit.unit_code for unit in city.without_address),
        units_closed=tuple(place.unit.unit_code for place in city.short if is_closed(place.unit, as_of)),
        notes=tuple(notes),
    )


def _read(connection: "Connection", as_of: date, settings: "Settings") -> "City":
    from vaxtally.outreach import city

    return city.read(connection, as_of, settings)


def _write(connection: "Connection", city: "City", recipients: list[str], settings: "Settings") -> int:
    from vaxtally.outreach import bulletin
    from vaxtally.outreach.transport import sender

    draft = bulletin.write(city, settings.digest_language, sender(settings))
    return sum(ledger.write(connection, draft.to(recipient)) for recipient in recipients)
