"""File locks (flock): who uses something, who starts it, whether its holder lives.

The kernel gives a lock back when its holder ends, however it ends; a process id alone proves nothing.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STOP_SECONDS = 60  # the holders stop waiting for a clean end of theirs long before


@contextmanager
def open_lock(path: Path) -> Iterator[int]:
    """The lock file's descriptor, made where it is missing; closing gives its lock back."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def share(descriptor: int) -> None:
    """Hold it together with others, waiting for an exclusive holder to end."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def hold(descriptor: int) -> None:
    """Hold it alone, waiting for all others."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_hold(descriptor: int) -> bool:
    """Hold it alone if nobody else has it. A lock already held shared is lost where this fails."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def release(descriptor: int) -> None:
    """Give the lock back, for every copy of the descriptor in forked children too."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock."""
    with open_lock(path) as descriptor:
        return try_hold(descriptor)


def end_holder(path: Path) -> None:
    """Ask the process that holds the lock and wrote its id into it to end; wait until it has."""
    deadline = time.monotonic() + STOP_SECONDS
    with open_lock(path) as descriptor:
        if try_hold(descriptor):
            return
        with suppress(ValueError, ProcessLookupError):
            os.kill(int(os.pread(descriptor, 20, 0)), signal.SIGTERM)
        while not try_hold(descriptor) and time.monotonic() < deadline:
            time.sleep(0.02)


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees all of it or none."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
