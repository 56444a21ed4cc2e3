"""An SMTP server of the tests that counts what it accepted and can stop at any step of the dialogue.

It speaks just enough SMTP for one client at a time per thread. `stop_at` names a step; the first client to reach it
gets no answer to it until `go_on` is set, and `reached` says that it is there. `DATA` is before the text is asked for,
`TEXT` after it was received (and not counted yet), `ACCEPTED` after it was counted, before the answer.
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

STEPS = ("BANNER", "EHLO", "MAIL", "RCPT", "DATA", "TEXT", "ACCEPTED")


@dataclass
class StoppingServer:
    """`accepted`: each recipient for which the server took a mail, as often as it did. `answers`: other replies.

    After `mails_a_connection` mails it asks for a new connection.
    """

    port: int = 0
    stop_at: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    connections: int = 0
    mails_a_connection: int | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The server as VAXTALLY_MAIL_URL."""
        return f"mailto://127.0.0.1:{self.port}"

    def at(self, step: str, usual: str) -> str:
        """The answer to a step, perhaps after a stop."""
        if step == self.stop_at and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(60)
        return self.answers.get(step, usual)


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: StoppingServer = self.server.state  # type: ignore[attr-defined]
        server.connections += 1
        recipient = ""
        try:
            self._say(server.at("BANNER", "220 here"))
            taken = 0
            while line := self.rfile.readline():
                if taken == server.mails_a_connection:
                    self._say("421 enough for now")
                    return
                words = line.decode("ascii").strip()
                verb = words[:4].upper()
                if verb == "RCPT":
                    recipient = words.partition("<")[2].partition(">")[0]
                if verb == "DATA":
                    taken += 1
                    self._take(server, recipient)
                else:
                    self._say(server.at(verb, "221 bye" if verb == "QUIT" else "250 fine"))
                if verb == "QUIT":
                    return
        except OSError:
            pass

    def _take(self, server: StoppingServer, recipient: str) -> None:
        answer = server.at("DATA", "354 go ahead")
        self._say(answer)
        if not answer.startswith("354"):
            return
        for line in iter(self.rfile.readline, b""):
            if line == b".\r\n":
                break
        else:
            return
        answer = server.at("TEXT", "250 taken")
        if answer.startswith("250"):
            server.accepted.append(recipient)
        self._say(server.at("ACCEPTED", answer))

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode("ascii") + b"\r\n")


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    state: Any


@contextmanager
def running() -> Iterator[StoppingServer]:
    """Serve on a free port of loopback until the block ends."""
    state = StoppingServer()
    with _Listener(("127.0.0.1", 0), _Dialogue) as listener:
        listener.state = state
        state.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.go_on.set()
            listener.shutdown()
