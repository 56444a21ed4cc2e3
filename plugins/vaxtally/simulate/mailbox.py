"""A mail server on loopback that takes every mail, counts it and keeps nothing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from vaxtally.loopback import HOST, free_port


@dataclass
class Mailbox:
    """Where it listens, and how many mails each address got."""

    port: int
    received: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        """As VAXTALLY_MAIL_URL."""
        return f"mailto://{HOST}:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.update(envelope.rcpt_tos)
        return "250 Counted"


@contextmanager
def counting() -> Iterator[Mailbox]:
    """Serve until the block ends."""
    from aiosmtpd.controller import Controller

    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname=HOST, port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
