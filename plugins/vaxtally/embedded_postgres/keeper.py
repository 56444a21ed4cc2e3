"""The server's parent: starts it, waits until nobody uses it or it is told to end, and stops it.

    python -m vaxtally.embedded_postgres.keeper HOME

Prints `ready` (or the reason why not) and goes on in the background. It belongs to no user of the server, so none
of them can take the server along when it ends or is killed; the kernel gives their leases back. If the keeper
itself is killed, PostgreSQL is told by the kernel to shut down.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from vaxtally import lock
from vaxtally.embedded_postgres import cluster
from vaxtally.embedded_postgres.errors import EmbeddedPostgresError
from vaxtally.embedded_postgres.place import Place, find_place, prepare

LOOK_SECONDS = 0.5
ENDINGS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


def main() -> None:
    """Start in the background and report on the standard output, which is then closed."""
    if os.fork():
        os._exit(0)
    os.setsid()
    place = find_place(Path(sys.argv[1]))
    with lock.open_lock(place.keeper) as keeper:
        lock.hold(keeper)
        os.ftruncate(keeper, 0)
        os.pwrite(keeper, str(os.getpid()).encode(), 0)
        # Blocked before the server exists: its end is then seen by the wait, not lost before it.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        _keep(place)


def _keep(place: Place) -> None:
    try:
        place.log.touch(mode=0o600)
        account = prepare(place)
        cluster.initialise(place, account)
        server = cluster.start(place, account)
    except (EmbeddedPostgresError, OSError) as error:
        print(error, flush=True)
        return
    print("ready", flush=True)
    _close_output()
    try:
        _wait_until_unused(place, server)
    finally:
        cluster.stop(server)


def _wait_until_unused(place: Place, server: subprocess.Popen) -> None:
    """Return when the lease is free, a signal asks, or the server ended by itself. Keeps the lease it got."""
    lease = os.open(place.lease, os.O_RDWR | os.O_CLOEXEC)
    while not lock.try_hold(lease) and server.poll() is None:
        told = signal.sigtimedwait(ENDINGS, LOOK_SECONDS)
        if told and told.si_signo != signal.SIGCHLD:
            return


def _close_output() -> None:
    """Let the one who started us read the end of our output."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


if __name__ == "__main__":
    main()
