"""The ledger of mails: what was told to whom, and writing one down. `rounds` is about sending them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.outreach.transport import Attachment

# One writer at a time: what was told is read, and what is told next is written, under this lock.
WRITE_LOCK = 0x7661_7804


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A mail to be written into the ledger. `days`: the short days it tells about, with the doses missing."""

    kind: str
    level: int
    as_of: date
    language: str
    subject: str
    text: str
    html: str
    recipient: str = ""
    recipient_name: str | None = None
    unit_code: str | None = None
    upload_id: int | None = None
    case_id: int | None = None
    attachments: tuple["Attachment", ...] = ()
    days: Mapping[date, int] = field(default_factory=dict)

    def to(self, recipient: str, recipient_name: str | None = None) -> "Draft":
        """The same mail to somebody else."""
        return replace(self, recipient=recipient, recipient_name=recipient_name)


def lock(connection: "Connection") -> None:
    """Be the only writer until this transaction ends."""
    from sqlalchemy import text

    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK})


def write(connection: "Connection", draft: Draft) -> bool:
    """Queue a mail, in place of what waits for the same recipient. False: it is in the ledger already."""
    values = {
        "unit_code": draft.unit_code,
        "upload_id": draft.upload_id,
        "case_id": draft.case_id,
        "kind": draft.kind,
        "level": draft.level,
        "as_of": draft.as_of,
        "language": draft.language,
        "subject": draft.subject,
        "body_text": draft.text,
        "body_html": draft.html,
        "recipient": draft.recipient,
        "recipient_name": " ".join((draft.recipient_name or "").split()) or None,
    }
    message_id = db.run(connection, "outreach/message/insert", values).scalar()
    if message_id is None:
        return False
    db.run(connection, "outreach/message/supersede", {**values, "message_id": message_id})
    for attachment in draft.attachments:
        db.run(
            connection,
            "outreach/attachment/insert",
            {
                "message_id": message_id,
                "name": attachment.name,
                "media_type": attachment.media_type,
                "content": attachment.content,
            },
        )
    if draft.days:
        told = {"message_id": message_id, "given_on": list(draft.days), "missing": list(draft.days.values())}
        db.run(connection, "outreach/message_day/insert", told)
    return True


def is_past(connection: "Connection", kind: str, as_of: date) -> bool:
    """True where mails of this kind were written for a later day: about the past nobody is written to."""
    latest = db.run(connection, "outreach/message/latest_as_of", {"kind": kind}).scalar()
    return latest is not None and latest > as_of


def told_days(connection: "Connection", redirected: bool) -> dict[tuple[str, str], set[date]]:
    """The short days each (unit, recipient in lower case) knows of, or will by a mail on its way."""
    told: dict[tuple[str, str], set[date]] = {}
    for row in db.run(connection, "outreach/message_day/told", {"redirected": redirected}):
        told.setdefault((row.unit_code, row.recipient), set()).add(row.given_on)
    return told
