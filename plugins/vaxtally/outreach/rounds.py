"""A delivery run on the ledger: claim a mail, commit, hand it over, settle what became of it.

A mail is queued → sending → sent | failed | unknown. Two commits make it exactly one mail: `sending` before anything
goes out, and `handed_over_at` when the server is ready for the text. A run holds an advisory lock of its number as long
as it lives; what a dead run left under way is tried again where the server got no text, and is `unknown` otherwise.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row

    from vaxtally.outreach.transport import Outcome
    from vaxtally.settings import Settings

# First half of the advisory lock that a run holds; the second is its number.
RUN_LOCK = 0x7661_7805
# A run whose lock is held is believed for so long: a hand-over is a handful of SMTP answers of at most 15 s each.
LOST_AFTER_SECONDS = 15 * 60


@dataclass(frozen=True, kw_only=True)
class Round:
    """One delivery run: mails of this kind (None: of any), not those that failed since it began."""

    kind: str | None
    run_id: int
    run_started_at: datetime
    retry_seconds: float
    retry_max_seconds: float
    max_attempts: int
    give_up_days: int
    # mails that wait for it to be reachable go at once
    server_answers: bool = False

    def claim(self, connection: "Connection", redirect_to: str | None = None) -> "Row | None":
        """Mark the next mail as `sending` and return it; None where no mail is left. Commit before it leaves."""
        values = asdict(self) | {"redirect_to": redirect_to}
        return db.run(connection, "outreach/message/claim", values).one_or_none()

    def hand_over(self, connection: "Connection", message_id: int) -> bool:
        """Note that its text is about to go out, and commit. False: it is not this run's any more; do not send it."""
        values = {"message_id": message_id, "run_id": self.run_id}
        return db.run(connection, "outreach/message/hand_over", values).scalar() is not None

    def settle(self, connection: "Connection", message_id: int, outcome: "Outcome") -> bool:
        """Write down what became of a claimed mail. True: it failed for the last time, and is given up."""
        values = {
            "message_id": message_id,
            "status": outcome.status,
            "failure": outcome.failure,
            "last_error": outcome.detail,
        }
        mail = db.run(connection, "outreach/message/settle", asdict(self) | values).one_or_none()
        if mail is None:
            return False
        if outcome.status == "sent":
            db.run(connection, "outreach/refused_address/clear", {"address": mail.delivered_to})
        elif outcome.address_refused:
            unit = mail.unit_code if mail.delivered_to == mail.recipient else None
            known = {"address": mail.delivered_to, "unit_code": unit, "reason": "refused", "reply": outcome.detail}
            db.run(connection, "outreach/refused_address/insert", known)
        return mail.given_up

    def fail_waiting(self, connection: "Connection", reason: str) -> Counter[str]:
        """The server is down: fail what this run would still have sent. Counts `failed` and of them `given_up`."""
        failed = db.run(connection, "outreach/message/fail_waiting", asdict(self) | {"last_error": reason}).all()
        return Counter(failed=len(failed), given_up=sum(mail.given_up for mail in failed))


def recover(connection: "Connection", settings: "Settings") -> Counter[str]:
    """What dead runs left under way: counts the mails that are `unknown` now, or `given_up`; others are tried again.

    Before mails are withdrawn, too: one that never left must not be in nobody's hands just then.
    """
    values = _limits(settings) | {"run_lock": RUN_LOCK, "lost_after_seconds": LOST_AFTER_SECONDS}
    left = db.run(connection, "outreach/message/recover", values).all()
    return Counter(
        unknown=sum(mail.status == "unknown" for mail in left),
        given_up=sum(mail.given_up for mail in left),
    )


@contextlib.contextmanager
def running(engine: "Engine", settings: "Settings", kind: str | None = None) -> Iterator[tuple[Round, Counter[str]]]:
    """A delivery run, alive until the block or the process ends; and what dead runs left, as `recover` counts it."""
    with engine.connect() as connection:
        # Not to be given back to the pool: with the connection goes the lock, however this ends.
        connection.detach()
        left = recover(connection, settings)
        connection.commit()
        started = db.run(connection, "outreach/delivery_run/start", {"run_lock": RUN_LOCK}).one()
        connection.commit()
        current = Round(kind=kind, run_id=started.run_id, run_started_at=started.run_started_at, **_limits(settings))
        yield current, left


def _limits(settings: "Settings") -> dict[str, Any]:
    return {
        "retry_seconds": settings.mail_retry_seconds,
        "retry_max_seconds": settings.mail_retry_max_seconds,
        "max_attempts": settings.mail_max_attempts,
        "give_up_days": settings.mail_give_up_days,
    }


def count_open(connection: "Connection", kind: str | None = None) -> "Row":
    """`waiting` mails are queued, `retrying` ones failed and are tried again, `undecided` ones are unknown.

    Of the retrying, `refused` by the server, or `for_server`: not due yet, and no server could be reached.
    """
    return db.run(connection, "outreach/message/count_open", {"kind": kind}).one()
