"""A small SMTP server on loopback that keeps each mail in a folder, for the demo and the tests.

Each mail becomes `<number>-<recipient>.eml` as received, and `.html` to open in a browser: pictures embedded,
attachments beside it.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from vaxtally.loopback import HOST, free_port

_UNSAFE = re.compile(r"[^A-Za-z0-9._@-]+")


@dataclass
class SinkServer:
    """Where the sink listens and what it got.

    `refuse` holds addresses that it turns away; with `hang_up` it breaks off when a mail was sent, without an answer.
    """

    host: str
    port: int
    folder: Path
    refuse: set[str] = field(default_factory=set)
    hang_up: bool = False
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The sink as VAXTALLY_MAIL_URL."""
        return f"mailto://{self.host}:{self.port}"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.hang_up:
            server.transport.abort()
            return "421 Gone"
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(message)
        _keep(self.folder, len(self.mails), ",".join(envelope.rcpt_tos), envelope.content, message)
        return "250 Kept"


@contextmanager
def running(folder: Path, port: int | None = None) -> Iterator[SinkServer]:
    """Serve until the block ends; mails are kept in `folder`."""
    from aiosmtpd.controller import Controller

    folder.mkdir(parents=True, exist_ok=True)
    sink = SinkServer(HOST, port or free_port(), folder)
    controller = Controller(sink, hostname=HOST, port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def _keep(folder: Path, number: int, recipient: str, content: bytes, message: EmailMessage) -> None:
    stem = folder / f"{number:04d}-{_UNSAFE.sub('_', recipient)[:80]}"
    stem.with_name(stem.name + ".eml").write_bytes(content)
    html = message.get_body(("html",))
    if html is not None:
        page = html.get_content()
        for part in message.walk():
            if part["Content-ID"]:
                page = page.replace(f"cid:{part['Content-ID'].strip('<>')}", _data_uri(part))
        stem.with_name(stem.name + ".html").write_text(page, encoding="utf-8")
    for part in message.iter_attachments():
        name = _UNSAFE.sub("_", part.get_filename() or "")
        if name:
            stem.with_name(f"{stem.name}-{name}").write_bytes(_content(part))


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _data_uri(part: EmailMessage) -> str:
    content = base64.b64encode(_content(part)).decode("ascii")
    return f"data:{part.get_content_type()};base64,{content}"
