"""What a person decides on level 3, on Airflow's page or the command line, and what the Department gets of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.errors import SettingsError
from vaxtally.outreach import delivery, escalations, ledger, notes

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.outreach.escalations import Letter
    from vaxtally.outreach.summary import Delivery
    from vaxtally.settings import Settings

KIND = "escalation"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The cases it was decided for; `gone`: those that did not wait any more. `mails` are new in the ledger."""

    approved: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    mails: int = 0


def recipients(settings: "Settings") -> list[str]:
    """The Department's addresses for level 3. Raises SettingsError where there is none to be used."""
    from vaxtally.outreach.transport import addresses

    usable = addresses(";".join(settings.escalation_to or settings.digest_to))[0]
    if not usable:
        raise SettingsError("Level 3 goes to the Department: set VAXTALLY_ESCALATION_TO (or VAXTALLY_DIGEST_TO).")
    return usable


def decide(
    engine: "Engine", settings: "Settings", as_of: date, by: str, approve: Sequence[int], drop: Sequence[int] = ()
) -> Decision:
    """Approve and drop these cases' proposals. The dispatches are in the ledger when this returns, and not sent yet.

    Raises SettingsError, before anything changes, where something is approved that could not be sent to anybody.
    """
    delivery.check_settings(settings)
    to = recipients(settings) if approve else []
    with engine.begin() as connection:
        ledger.lock(connection)
        approved = escalations.decide(connection, approve, True, by, as_of)
        dropped = escalations.decide(connection, drop, False, by, as_of)
        mails = _dispatch(connection, approved, to, as_of, settings)
    decided = {*approved, *dropped}
    return Decision(
        approved=tuple(approved),
        dropped=tuple(dropped),
        gone=tuple(case_id for case_id in (*approve, *drop) if case_id not in decided),
        mails=mails,
    )


def deliver(engine: "Engine", settings: "Settings") -> "Delivery":
    """Send the dispatches that wait."""
    return delivery.deliver_queued(engine, settings, KIND)


def give_up(engine: "Engine", as_of: date) -> list[int]:
    """Record that nobody decided in time: the cases whose proposals lapse on this day."""
    with engine.begin() as connection:
        ledger.lock(connection)
        return escalations.lapse(connection, as_of)


def _dispatch(
    connection: "Connection", case_ids: Sequence[int], to: Sequence[str], as_of: date, settings: "Settings"
) -> int:
    """Queue each letter for every address of the Department; returns the number of mails."""
    from vaxtally.outreach.transport import sender

    written = 0
    for letter in escalations.letters(connection, case_ids):
        draft = notes.dispatch(letter, as_of, settings.digest_language, sender(settings))
        written += sum(ledger.write(connection, draft.to(address)) for address in to)
    if case_ids:
        values = {"case_ids": list(case_ids), "as_of": as_of, "mails": len(to)}
        db.run(connection, "outreach/case_event/escalate", values)
    return written


def save_letters(engine: "Engine", settings: "Settings") -> list[Path]:
    """Lay the letters that wait beside each other in `VAXTALLY_HOME/letters/<day>/`, for whoever decides to read."""
    with engine.connect() as connection:
        waiting = [proposal.case_id for proposal in escalations.waiting(connection)]
        letters = escalations.letters(connection, waiting)
    return [_save(settings, letter) for letter in letters]


def _save(settings: "Settings", letter: "Letter") -> Path:
    from vaxtally.intake import places

    path = letter_path(settings, letter)
    places.private_folder(path.parent.parent)
    places.private_folder(path.parent)
    places.write_private(path, letter.letter_pdf)
    return path


def letter_path(settings: "Settings", letter: "Letter") -> Path:
    """Where a letter lies on this machine."""
    return settings.home / "letters" / letter.proposed_on.isoformat() / letter.file_name


def tell(connection: "Connection", as_of: date, settings: "Settings") -> int:
    """Tell the Department, once a day, what waits for its decision and what was not sent for want of one."""
    from vaxtally.outreach.transport import sender

    untold_since = db.run(connection, "outreach/message/withdraw_undecided", {"as_of": as_of}).scalar()
    events = escalations.undecided(connection, as_of, untold_since)
    if not events or not (settings.escalation_to or settings.digest_to):
        return 0
    draft = notes.undecided(events, as_of, settings.digest_language, sender(settings))
    return sum(ledger.write(connection, draft.to(address)) for address in recipients(settings))
