"""One SMTP connection, kept between mails, that says at which step a mail stopped.

smtplib's `sendmail` tells neither whether the text went out nor asks before it does. Here the dialogue is in two parts:
until the server is ready for the text nothing can have arrived; from then on only its answer says so.
"""

import contextlib
import re
import smtplib
from collections.abc import Callable
from typing import cast

from apprise.plugins.email.smtp import SMTP_EXCEPTIONS, AppriseSMTPController, SMTPSecureMode

REPLY_LENGTH = 200
_READY_FOR_TEXT = 354
_CLOSING = 421
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class RefusedError(Exception):
    """The server answered, and the answer was no. `address`: to the recipient, not to the mail."""

    def __init__(self, code: int, reply: bytes | str, address: bool = False) -> None:
        text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
        super().__init__(f"The server answered {code}: {' '.join(text.split())}"[:REPLY_LENGTH])
        self.is_final = code >= 500
        self.address = address and self.is_final


class LostError(Exception):
    """The connection broke when the text was under way: it may have arrived."""


class NotOursError(Exception):
    """The mail was taken away from this run before its text went out."""


class Connector(AppriseSMTPController):
    """Apprise's way to a connected, encrypted and logged in server."""

    def open(self) -> smtplib.SMTP:
        """Raises what SMTP_EXCEPTIONS names."""
        if self.secure_mode != SMTPSecureMode.INSECURE:
            self.__enter__()
            return cast("smtplib.SMTP", self._socket)
        # To loopback, without what Apprise does for every connection: all certificates read (30 ms), own name asked.
        timeout = self.socket_connect_timeout
        server = smtplib.SMTP(self.host, self.port, local_hostname="localhost", timeout=timeout)
        if self.user and self.password:
            server.login(self.user, self.password)
        return server


class Line:
    """A connection that stays open from mail to mail. Not for several threads at once."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def send(
        self, connector: Connector, sender: str, recipient: str, message: bytes, ready: Callable[[], bool]
    ) -> None:
        """Send one mail. `ready` is asked when the server waits for the text; False: it does not go out.

        Raises RefusedError, LostError, NotOursError; and what SMTP_EXCEPTIONS names where no text went out.
        """
        try:
            server = self._begin(connector, sender, recipient, len(message))
            if not ready():
                raise NotOursError
        except RefusedError:
            self._reset()
            raise
        except BaseException:
            # In the middle of DATA nothing but hanging up is understood, not even QUIT.
            self._drop()
            raise
        self._text(server, message)

    def _begin(self, connector: Connector, sender: str, recipient: str, size: int) -> smtplib.SMTP:
        """Everything before the text."""
        if self._server is not None:
            # Servers hang up on a connection that was idle, or has brought enough mails: once more with a new one.
            try:
                _from(self._server, sender, size)
            except (*SMTP_EXCEPTIONS, RefusedError):
                self._drop()
            else:
                return _to(self._server, recipient)
        self._server = connector.open()
        _from(self._server, sender, size)
        return _to(self._server, recipient)

    def _text(self, server: smtplib.SMTP, message: bytes) -> None:
        try:
            server.send(_LEADING_DOT.sub(b"..", message) + b".\r\n")
            code, reply = server.getreply()
        except SMTP_EXCEPTIONS as error:
            self._drop()
            how = "closed the connection" if isinstance(error, smtplib.SMTPServerDisconnected) else type(error).__name__
            raise LostError(f"No answer from the server to the text of the mail ({how}).") from error
        if code // 100 != 2:
            self._reset()
            raise RefusedError(code, reply)

    def _reset(self) -> None:
        """Forget the mail that was refused; without a server that understands this, the connection."""
        try:
            if self._server is not None and self._server.rset()[0] // 100 != 2:
                self._drop()
        except SMTP_EXCEPTIONS:
            self._drop()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        """Say good-bye."""
        if self._server is not None:
            with contextlib.suppress(*SMTP_EXCEPTIONS):
                self._server.quit()
            self._drop()


def wire_form(message: str) -> bytes:
    """A message as it goes out: ASCII, lines that end in CR LF, the last one too. Raises UnicodeEncodeError."""
    return _LINE_END.sub(b"\r\n", message.encode("ascii").rstrip(b"\r\n")) + b"\r\n"


def _from(server: smtplib.SMTP, sender: str, size: int) -> None:
    server.ehlo_or_helo_if_needed()
    _check(server.mail(sender, [f"size={size}"] if server.has_extn("size") else []))


def _to(server: smtplib.SMTP, recipient: str) -> smtplib.SMTP:
    _check(server.rcpt(recipient), address=True)
    code, reply = server.docmd("DATA")
    if code != _READY_FOR_TEXT:
        _check((code, reply))
        raise smtplib.SMTPDataError(code, reply)
    return server


def _check(answer: tuple[int, bytes], address: bool = False) -> None:
    code, reply = answer
    if code == _CLOSING:
        raise smtplib.SMTPServerDisconnected(f"The server closes the connection: {reply!r}"[:REPLY_LENGTH])
    if code // 100 != 2:
        raise RefusedError(code, reply, address)
