"""What a person sees of the outbox and decides: mails by status, a mail sent again, a delivery settled by hand.

`troubles` is for the digest.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

STATUSES = ("queued", "sending", "sent", "failed", "unknown", "superseded", "dropped")
# What is listed unless another status is asked for: whatever has not arrived, as far as is known.
OPEN_STATUSES = ("queued", "sending", "failed", "unknown")
DECISIONS = ("resend", "sent", "drop")


@dataclass(frozen=True, kw_only=True)
class RefusedAddress:
    """An address that mail cannot reach: malformed, or refused with this reply. `unit_code` None: the Department's."""

    address: str
    unit_code: str | None
    unit_name: str | None
    reason: str
    reply: str | None
    first_seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Troubles:
    """What the outbox cannot mend by itself, or not yet.

    `retrying` mails failed and are tried again, `given_up` failed for good in the last days, `unknown` wait for a
    person's decision, however old. `refused`: addresses that mail cannot reach.
    """

    retrying: int
    given_up: int
    unknown: int
    refused: tuple[RefusedAddress, ...]


def troubles(connection: "Connection", days: int = 14) -> Troubles:
    """The outbox as it stands now; mails that were given up, of the last `days` days."""
    counts = db.run(connection, "outreach/message/count_troubles", {"days": days}).one()
    refused = db.run(connection, "outreach/refused_address/list").mappings()
    return Troubles(
        retrying=counts.retrying,
        given_up=counts.given_up,
        unknown=counts.unknown,
        refused=tuple(RefusedAddress(**row) for row in refused),
    )


def listed(
    connection: "Connection", statuses: Collection[str] = OPEN_STATUSES, unit_code: str | None = None
) -> list[dict[str, Any]]:
    """Mails of these statuses, the oldest first, without their bodies."""
    values = {"statuses": list(statuses), "unit_code": unit_code}
    return [dict(row) for row in db.run(connection, "outreach/message/list", values).mappings()]


def decide(engine: "Engine", message_ids: Iterable[int], decision: str, by: str) -> None:
    """Record what a person decided about mails that failed, are unknown or were dropped: all of them or none.

    `resend` queues a mail, and the next run sends it; `sent`: it arrived; `drop`: it is left at that. Raises UsageError
    for a mail that is not in such a state: what is queued needs no decision, and what was sent is not sent twice.
    """
    with engine.begin() as connection:
        for message_id in dict.fromkeys(message_ids):
            values = {"message_id": message_id, "decision": decision, "decided_by": by}
            if db.run(connection, "outreach/message_decision/insert", values).scalar() is None:
                raise UsageError(_why_not(connection, message_id))
            db.run(connection, "outreach/message/decide", values)


def _why_not(connection: "Connection", message_id: int) -> str:
    status = db.run(connection, "outreach/message/status", {"message_id": message_id}).scalar()
    if status is None:
        return f"There is no mail {message_id}. Nothing was changed."
    return (
        f"Mail {message_id} is {status}; only one that failed, is unknown or was dropped is decided on."
        " Nothing was changed."
    )
