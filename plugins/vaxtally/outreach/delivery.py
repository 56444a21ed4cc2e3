"""Sending what is queued: several threads, each claiming one mail at a time."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.outreach import ledger
from vaxtally.outreach.summary import Delivery
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row

    from vaxtally.outreach.transport import Mail, Outcome
    from vaxtally.settings import Settings

# Apprise spends its time waiting for the server: eight wait side by side.
THREADS = 8
# So many mails in a row that did not reach the server, and the run gives up on it.
SERVER_IS_DOWN_AFTER = 3

_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


@dataclass
class _Run:
    """One delivery run, shared by its threads."""

    engine: "Engine"
    settings: "Settings"
    round: ledger.Round
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("sent", "failed", "unknown"), 0))
    unreachable_in_a_row: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def redirect_to(self) -> str | None:
        return self.settings.mail_redirect_to if self.settings.mail_mode == "redirect" else None

    def work(self) -> None:
        """Claim, commit, hand over, settle, commit; until nothing waits or the server is down."""
        from vaxtally.outreach import transport

        while self.unreachable_in_a_row < SERVER_IS_DOWN_AFTER:
            with self.engine.begin() as connection:
                claimed = ledger.claim(connection, self.round, self.redirect_to)
                mail = self._mail(connection, claimed) if claimed else None
            if mail is None:
                return
            outcome = transport.hand_over(self.settings, mail)
            with self.engine.begin() as connection:
                ledger.settle(connection, mail.message_id, outcome)
            self._count(outcome)

    def _mail(self, connection: "Connection", claimed: "Row") -> "Mail":
        from vaxtally.outreach.transport import Attachment, Mail

        files = db.run(connection, "outreach/attachment/of_message", {"message_id": claimed.message_id})
        mail = Mail(
            message_id=claimed.message_id,
            recipient=claimed.delivered_to,
            recipient_name=claimed.recipient_name,
            subject=claimed.subject,
            text=claimed.body_text,
            html=claimed.body_html,
            attachments=tuple(Attachment(row.name, row.media_type, bytes(row.content)) for row in files),
        )
        return redirected(mail, claimed.recipient, claimed.language) if self.redirect_to else mail

    def _count(self, outcome: "Outcome") -> None:
        with self.lock:
            self.counts[outcome.status] += 1
            down = outcome.failure == "unreachable"
            self.unreachable_in_a_row = self.unreachable_in_a_row + 1 if down else 0
            if self.unreachable_in_a_row == SERVER_IS_DOWN_AFTER:
                with self.engine.begin() as connection:
                    self.counts["failed"] += ledger.fail_waiting(connection, self.round, str(outcome.detail))


def redirected(mail: "Mail", recipient: str, language: str) -> "Mail":
    """The same mail for the trial address, saying in subject and body whom it would have gone to."""
    from dataclasses import replace

    t = words(language)
    note = t("common.redirected_note", recipient=recipient)
    style = "background:#fff4ce;color:#5c4300;padding:10px 24px;font:14px/20px Arial,sans-serif;text-align:center"
    banner = f'<div style="{style}">{html.escape(note)}</div>'
    return replace(
        mail,
        recipient_name=None,
        subject=f"{t('common.redirected_subject', recipient=recipient)} {mail.subject}",
        text=f"*** {note} ***\n\n{mail.text}",
        html=_BODY.sub(lambda found: found.group() + banner, mail.html, count=1),
    )


def check_settings(settings: "Settings") -> None:
    """Raise SettingsError where mail is wanted and these settings cannot send it. Changes nothing."""
    if settings.mail_url and settings.mail_mode != "off":
        from vaxtally.outreach import transport

        transport.check_settings(settings)


def deliver_queued(engine: "Engine", settings: "Settings", kind: str | None = None) -> Delivery:
    """Send every mail (of one kind) that waits: queued, or failed on an earlier run. Safe to run beside itself.

    Raises SettingsError (before anything is claimed) where the mail settings cannot be used.
    """
    if settings.mail_mode == "off":
        return _nothing_sent(engine, kind, "Mail mode is off")
    if not settings.mail_url:
        return _nothing_sent(engine, kind, "No mail URL is set (VAXTALLY_MAIL_URL)")
    check_settings(settings)
    with engine.begin() as connection:
        run = _Run(engine, settings, ledger.start_round(connection, kind))
    with ThreadPoolExecutor(THREADS, thread_name_prefix="mail") as pool:
        for worker in [pool.submit(run.work) for _ in range(THREADS)]:
            worker.result()
    failed = run.counts["failed"]
    note = f"Mails that failed: {failed}; the next run tries them again" if failed else None
    return Delivery(**run.counts, waiting=_waiting(engine, kind), note=note)


def _nothing_sent(engine: "Engine", kind: str | None, reason: str) -> Delivery:
    waiting = _waiting(engine, kind)
    return Delivery(waiting=waiting, note=f"{reason}: mails that stay queued: {waiting}")


def _waiting(engine: "Engine", kind: str | None) -> int:
    with engine.connect() as connection:
        return ledger.count_waiting(connection, kind)
