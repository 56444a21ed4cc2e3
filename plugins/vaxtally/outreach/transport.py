"""Handing one mail to the SMTP server through Apprise, and knowing what became of it.

Apprise's own mail plugin answers yes or no. A ledger has to tell "refused" from "no answer came", and a mail needs
a text twin of its own, where Apprise makes one by stripping the HTML. Hence a plugin of ours, derived from Apprise's
and added to it as an object: Apprise still reads the URL, builds the message and connects; `smtp` holds the dialogue.

Imports Apprise (0.3 s), so it is imported inside functions only.
"""

import ipaddress
import mimetypes
import re
from binascii import b2a_qp
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_string
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.attachment.memory import AttachMemory
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import AppriseEmailException
from apprise.plugins.email.smtp import SMTPSecureMode
from apprise.utils.parse import is_email

from vaxtally.errors import SettingsError
from vaxtally.outreach import smtp
from vaxtally.settings import Settings

_PICTURE = re.compile(r"cid:([^\s\"'>)]+)")


# Apprise takes an attachment only of a type in Python's table, which names a workbook only where the system has a list
# of its own; and the table must not be filled by several threads at once.
mimetypes.init()
mimetypes.add_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; the name is ASCII."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail to one address."""

    message_id: int
    recipient: str
    recipient_name: str | None
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """`status` is sent, failed or unknown; `failure` as in outreach.message.

    `address_refused`: it was the recipient that the server refused, for good (5xx).
    """

    status: str
    failure: str | None = None
    detail: str | None = None
    address_refused: bool = False


class LedgerError(Exception):
    """The ledger could not be told that a mail goes out."""


_NOBODY = Mail(0, "nobody@localhost", None, "-", "-", "-")


class TwinMail(NotifyEmail):
    """Apprise's mail plugin for one mail: HTML beside the given text, and an outcome that says why."""

    def __init__(self, *, mail: Mail, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mail = mail
        self.line = smtp.Line()
        self.ready: Callable[[Mail], bool] = lambda mail: True
        self.ledger_error: Exception | None = None
        self.outcome = Outcome("failed", "refused", "Apprise did not accept the mail.")
        self.targets = [(_one_line(mail.recipient_name) or False, mail.recipient)]
        self.cc, self.bcc = set(), set()
        self.headers["X-Vaxtally-Message"] = str(mail.message_id)
        self.headers["Auto-Submitted"] = "auto-generated"

    def send(
        self,
        body: str,
        title: str = "",
        notify_type: NotifyType = NotifyType.INFO,
        attach: Any = None,
        body_format: NotifyFormat | None = None,
        **kwargs: Any,
    ) -> bool:
        """Called by Apprise. True only where the server took the mail; `outcome` holds the rest."""
        try:
            message = smtp.wire_form(self._message(title, attach))
        except (AppriseEmailException, UnicodeEncodeError) as error:
            self.outcome = Outcome("failed", "refused", f"The mail could not be built ({type(error).__name__}).")
            return False
        self.outcome = self._dialogue(message)
        return self.outcome.status == "sent"

    def _dialogue(self, message: bytes) -> Outcome:
        try:
            self.line.send(self.connector(), self.from_addr[1], self.mail.recipient, message, self._ready)
        except smtp.RefusedError as error:
            failure = "refused" if error.is_final else "deferred"
            return Outcome("failed", failure, str(error), error.address)
        except smtp.LostError as error:
            return Outcome("unknown", "lost", str(error))
        except (smtp.NotOursError, LedgerError):
            return Outcome("failed", "interrupted", "The mail was not this run's any more.")
        except (*smtp.SMTP_EXCEPTIONS, AppriseImproperlyConfigured) as error:
            where = f"{self.smtp_host}:{self.port}"
            return Outcome("failed", "unreachable", f"The mail server {where} cannot be used ({_reason(error)}).")
        return Outcome("sent")

    def _ready(self) -> bool:
        try:
            is_ours = self.ready(self.mail)
        except Exception as error:
            # Apprise swallows what its plugins raise: kept for the caller.
            self.ledger_error = error
            raise LedgerError from error
        if is_ours:
            # Should anything unforeseen end the hand-over from here on.
            self.outcome = Outcome("unknown", "lost", "The hand-over broke off.")
        return is_ours

    def _message(self, subject: str, attach: Any) -> str:
        prepared = next(
            self.prepare_emails(
                subject=subject,
                body=_sketch(self.mail.html),
                notify_format=NotifyFormat.HTML,
                from_addr=self.from_addr,
                to=self.targets,
                attach=attach,
                headers={"X-Application": self.app_id, **self.headers},
                inline=self.inline,
                tzinfo=self.tzinfo,
            )
        )
        return _with_bodies(prepared.body, self.mail)

    def connector(self) -> smtp.Connector:
        return smtp.Connector(
            host=(self.smtp_host or "").strip("[]"),
            port=int(self.port or 0),
            secure_mode=str(self.secure_mode),
            user=self.user,
            password=self.password,
            verify_certificate=self.verify_certificate,
            socket_connect_timeout=self.socket_connect_timeout,
        )


def _sketch(html: str) -> str:
    """As much of the HTML as Apprise has to see: which pictures it refers to. It would make a text of all the rest."""
    return "".join(f'<img src="cid:{name}">' for name in dict.fromkeys(_PICTURE.findall(html))) or "-"


def _with_bodies(message: str, mail: Mail) -> str:
    """Put our HTML and our text in the place of the sketch and of what Apprise made from it."""
    parsed = message_from_string(message)
    bodies = {"text/plain": mail.text, "text/html": mail.html}
    for part in parsed.walk():
        if part.get_content_type() in bodies:
            body = bodies.pop(part.get_content_type()).encode()
            # In C: the email package takes 10 ms of Python for what is done here in none.
            part.set_payload(b2a_qp(body, istext=True).decode("ascii"))
            part.set_param("charset", "utf-8")
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "quoted-printable"
    return parsed.as_string()


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _refuse_plain(url: str, plugin: NotifyEmail, setting: str) -> None:
    plain = not url.startswith("mailtos://") or plugin.secure_mode == SMTPSecureMode.INSECURE
    if plain and not _is_loopback(plugin.smtp_host or ""):
        raise SettingsError(
            f"{setting} would send mail in plain text over the network; use mailtos:// (plain only to loopback)."
        )


def _asset() -> AppriseAsset:
    """In the calling thread, and without Apprise's time-out: a mail it gave up waiting for could still leave."""
    return AppriseAsset(app_id="Vaxtally", async_mode=False, service_timeout=0)


def make_plugin(settings: Settings, mail: Mail) -> TwinMail:
    """The plugin for `settings.mail_url` and one mail. Recipients that the URL names are ignored.

    Raises SettingsError: not a mail URL, an incomplete one, or mail that would cross the network in plain text.
    """
    url = settings.mail_url or ""
    read = NotifyEmail.parse_url(url) if url.startswith(("mailto://", "mailtos://")) else None
    if not read:
        raise SettingsError("VAXTALLY_MAIL_URL is no mailto:// or mailtos:// URL.")
    sender = settings.mail_from if settings.mail_from != Settings.mail_from else None
    # No retry of Apprise's own: it would repeat a mail whose fate is unknown.
    read |= {"targets": [mail.recipient], "cc": None, "bcc": None, "inline": True, "retry": 0, "overflow": "upstream"}
    read["from_addr"] = sender or read["from_addr"] or settings.mail_from
    try:
        plugin = TwinMail(mail=mail, asset=_asset(), **read)
    except (AppriseImproperlyConfigured, TypeError) as error:
        raise SettingsError(f"VAXTALLY_MAIL_URL or VAXTALLY_MAIL_FROM cannot be used: {error}.") from error
    _refuse_plain(url, plugin, "VAXTALLY_MAIL_URL")
    return plugin


def sender(settings: Settings) -> str:
    """The address that mails come from, and that a recipient may write to."""
    if not settings.mail_url:
        found = is_email(settings.mail_from)
        return found["full_email"] if found else settings.mail_from
    return make_plugin(settings, _NOBODY).from_addr[1]


def check_settings(settings: Settings) -> None:
    """Raise SettingsError where no mail could be sent with these settings."""
    make_plugin(settings, _NOBODY)


def answers(settings: Settings) -> bool:
    """Whether the mail server can be reached and lets us in."""
    try:
        make_plugin(settings, _NOBODY).connector().open().quit()
    except (*smtp.SMTP_EXCEPTIONS, AppriseImproperlyConfigured):
        return False
    return True


class Session:
    """A run's way to the mail server: one connection, kept from mail to mail. Not for several threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._line = smtp.Line()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def hand_over(self, mail: Mail, ready: Callable[[Mail], bool] = lambda mail: True) -> Outcome:
        """Send one mail. Never raises for what the server or the network does; see Outcome.

        `ready` is asked before the text goes out: the last moment at which the mail can be held back. What it raises is
        raised, and no text has gone out.
        """
        plugin = make_plugin(self._settings, mail)
        plugin.line, plugin.ready = self._line, ready
        apprise = Apprise(asset=plugin.asset)
        apprise.add(plugin)
        apprise.notify(
            title=_one_line(mail.subject),
            body=mail.html,
            body_format=NotifyFormat.HTML,
            attach=[_memory(attachment) for attachment in mail.attachments] or None,
        )
        if plugin.ledger_error:
            raise plugin.ledger_error
        return plugin.outcome


def _memory(attachment: Attachment) -> AttachMemory:
    return AttachMemory(content=attachment.content, name=attachment.name, mimetype=attachment.media_type)


def addresses(text: str | None) -> tuple[list[str], list[str]]:
    """Split a unit list's `a@b.vn; c@d.vn` into usable and unusable addresses, each once, in order."""
    parts = dict.fromkeys(part.strip() for part in (text or "").split(";") if part.strip())
    usable = {part.lower(): part for part in reversed(parts) if _is_address(part)}
    return [part for part in parts if usable.get(part.lower()) == part], [p for p in parts if not _is_address(p)]


def _is_address(text: str) -> bool:
    found = is_email(text)
    return bool(found) and found["full_email"] == text and not any(map(str.isspace, text))


def notify(url: str, title: str, body: str) -> bool:
    """Send a short text to any Apprise URL. Raises SettingsError for plain mail beyond loopback."""
    apprise = Apprise(asset=AppriseAsset(app_id="Vaxtally"))
    if not apprise.add(url):
        return False
    plugin = apprise[0]
    if isinstance(plugin, NotifyEmail):
        _refuse_plain(url, plugin, "VAXTALLY_ALERT_URL")
    return bool(apprise.notify(title=_one_line(title), body=body, body_format=NotifyFormat.TEXT))
