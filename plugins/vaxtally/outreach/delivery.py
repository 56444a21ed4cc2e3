"""Sending what is queued: several threads, each claiming one mail at a time."""

import html
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from vaxtally import quiet_hours
from vaxtally.outreach import rounds
from vaxtally.outreach.alerts import alert
from vaxtally.outreach.summary import Delivery
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row

    from vaxtally.outreach.transport import Mail, Outcome
    from vaxtally.settings import Settings

# A hand-over is waiting for the server: eight wait side by side.
THREADS = 8
# So many mails in a row that did not reach the server, and the run gives up on it.
SERVER_IS_DOWN_AFTER = 3

_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


@dataclass
class _Run:
    """One delivery run, shared by its threads."""

    engine: "Engine"
    settings: "Settings"
    round: rounds.Round
    counts: Counter[str]
    unreachable_in_a_row: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def redirect_to(self) -> str | None:
        return self.settings.mail_redirect_to if self.settings.mail_mode == "redirect" else None

    def work(self) -> None:
        """Claim, commit, hand over, settle, commit; until nothing waits, the server is down or it is quiet."""
        from vaxtally.outreach import transport

        with transport.Session(self.settings) as session:
            while self.unreachable_in_a_row < SERVER_IS_DOWN_AFTER and not quiet_hours.until(self.settings):
                with self.engine.begin() as connection:
                    claimed = self.round.claim(connection, self.redirect_to)
                    mail = self._mail(connection, claimed) if claimed else None
                if mail is None:
                    return
                outcome = session.hand_over(mail, self._hand_over)
                with self.engine.begin() as connection:
                    given_up = self.round.settle(connection, mail.message_id, outcome)
                self._count(outcome, given_up)

    def _mail(self, connection: "Connection", claimed: "Row") -> "Mail":
        from vaxtally import db
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

    def _hand_over(self, mail: "Mail") -> bool:
        with self.engine.begin() as connection:
            return self.round.hand_over(connection, mail.message_id)

    def _count(self, outcome: "Outcome", given_up: bool) -> None:
        with self.lock:
            self.counts.update([outcome.status, *(["given_up"] if given_up else [])])
            down = outcome.failure == "unreachable"
            self.unreachable_in_a_row = self.unreachable_in_a_row + 1 if down else 0
            if self.unreachable_in_a_row == SERVER_IS_DOWN_AFTER:
                with self.engine.begin() as connection:
                    self.counts += self.round.fail_waiting(connection, str(outcome.detail))


def redirected(mail: "Mail", recipient: str, language: str) -> "Mail":
    """The same mail for the trial address, saying in subject and body whom it would have gone to."""
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
    """Send every mail (of one kind) that may go: queued, or failed and due for another attempt.

    Safe to run beside itself. Raises SettingsError (before anything is claimed) where the mail settings cannot be used.
    What needs a person from now on (an unknown delivery, a mail given up) is told to the operators.
    """
    if settings.mail_mode == "off":
        return _nothing_sent(engine, kind, "Mail mode is off")
    if not settings.mail_url:
        return _nothing_sent(engine, kind, "No mail URL is set (VAXTALLY_MAIL_URL)")
    check_settings(settings)
    if until := quiet_hours.until(settings):
        return _nothing_sent(engine, kind, f"Quiet hours until {until:%H:%M} (VAXTALLY_QUIET_HOURS)")
    with rounds.running(engine, settings, kind) as (current, left):
        run = _Run(engine, settings, _with_server(engine, settings, current), left)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="mail") as pool:
            for worker in [pool.submit(run.work) for _ in range(THREADS)]:
                worker.result()
    return _told(settings, _summary(engine, kind, run.counts))


def take_over(engine: "Engine", settings: "Settings") -> Delivery:
    """Settle what dead runs left under way, of every kind, before it is decided which mails are still true."""
    with engine.begin() as connection:
        left = rounds.recover(connection, settings)
    return _told(settings, Delivery(unknown=left["unknown"], given_up=left["given_up"], undecided=left["unknown"]))


def _told(settings: "Settings", delivery: Delivery) -> Delivery:
    if delivery.unknown or delivery.given_up:
        alert(settings, "Vaxtally: mails wait for a person", str(delivery.note))
    return delivery


def _with_server(engine: "Engine", settings: "Settings", current: rounds.Round) -> rounds.Round:
    """Mails that wait for the server do not wait any longer than it is away: it is asked, by one connection."""
    from vaxtally.outreach import transport

    with engine.connect() as connection:
        waits = rounds.count_open(connection, current.kind).for_server > 0
    return replace(current, server_answers=waits and transport.answers(settings))


def _nothing_sent(engine: "Engine", kind: str | None, reason: str) -> Delivery:
    """Whatever would go waits, also what has failed: nothing is late where nothing is meant to leave."""
    found = _summary(engine, kind, Counter())
    return replace(found, waiting=found.waiting + found.retrying, retrying=0, refused=0, reason=reason)


def _summary(engine: "Engine", kind: str | None, counts: Counter[str]) -> Delivery:
    with engine.connect() as connection:
        still = rounds.count_open(connection, kind)
    return Delivery(
        sent=counts["sent"],
        failed=counts["failed"],
        unknown=counts["unknown"],
        given_up=counts["given_up"],
        waiting=still.waiting,
        retrying=still.retrying,
        refused=still.refused,
        undecided=still.undecided,
    )
