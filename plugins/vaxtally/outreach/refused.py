"""Addresses that mail cannot reach, told to the Department: each once, until a mail is accepted for it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.outreach import ledger, render
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.settings import Settings

KIND = "alert"
ADDRESSES_NAMED = 40


def report(engine: "Engine", as_of: date, settings: "Settings") -> int:
    """Queue a mail to the Department about addresses it was not told of yet; returns the number of new mails.

    Those the server refused, and those of open units that are no addresses at all. Without an address of the Department
    they stay untold, and the digest's to show.
    """
    from vaxtally.outreach.transport import addresses, sender

    to = addresses(";".join(settings.digest_to))[0]
    with engine.begin() as connection:
        ledger.lock(connection)
        _note_malformed(connection, as_of)
        if not to:
            return 0
        found = db.run(connection, "outreach/refused_address/report", {"as_of": as_of}).all()
        if not found:
            return 0
        draft = write(found, as_of, settings.digest_language, sender(settings))
        return sum(ledger.write(connection, draft.to(address)) for address in to)


def _note_malformed(connection: "Connection", as_of: date) -> None:
    from vaxtally.outreach.transport import addresses

    for unit in db.run(connection, "outreach/refused_address/written_down", {"as_of": as_of}).all():
        for address in dict.fromkeys(addresses(unit.addresses)[1]):
            values = {"address": address, "unit_code": unit.unit_code, "reason": "malformed", "reply": None}
            db.run(connection, "outreach/refused_address/insert", values)


def write(found: Sequence[Any], as_of: date, language: str, contact: str) -> Draft:
    """The mail about rows of address, unit, reason and reply, for anybody: give it a recipient with `.to()`."""
    t = words(language)
    title = t("note.refused_title", n=len(found))
    facts = {
        "title": title,
        "preview": t("note.refused_lead"),
        "greeting": t("note.department_greeting"),
        "kicker": t("note.refused_kicker"),
        "tone": "amber",
        "lines": (),
        "sections": [(t("note.refused_lead"), (t("note.unit"), t("note.address"), t("note.reason")), _lines(t, found))],
        "more": t("note.refused_more", n=more) if (more := len(found) - ADDRESSES_NAMED) > 0 else None,
        "notice": (t("note.refused_todo"), ()),
        "contact": contact,
    }
    return Draft(
        kind=KIND,
        level=0,
        as_of=as_of,
        language=language,
        subject=render.subject(title),
        text=render.text("note", language, **facts),
        html=render.html("note", language, **facts),
    )


def _lines(t: Words, found: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Whose address it is, the address, and why no mail reaches it."""
    return [
        (
            f"{each.unit_name} ({each.unit_code})" if each.unit_code else t("note.refused_department"),
            each.address,
            t(f"note.refused_{each.reason}", reply=each.reply or ""),
        )
        for each in list(found)[:ADDRESSES_NAMED]
    ]
