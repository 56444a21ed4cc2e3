"""One cluster on disk: made by initdb, its server started, recovered after a crash, and stopped."""

import contextlib
import ctypes
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vaxtally.embedded_postgres.errors import EmbeddedPostgresError
from vaxtally.embedded_postgres.place import Account, AsWhom, Place
from vaxtally.loopback import free_port

POLL_SECONDS = 0.02
READY_SECONDS = 60
FAST_SECONDS = 20  # a fast shutdown ends sessions and writes a checkpoint; past this, it is hurried
PORT_TRIES = 5

# Environment variable: memory for pages instead of what stands below, as PostgreSQL writes it ("6GB").
SHARED_BUFFERS = "EMBEDDED_POSTGRES_SHARED_BUFFERS"
# fsync and synchronous_commit are on, as they are by default; what stands here no test could turn off.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "max_wal_size": "4GB",
    "jit": "off",
    # Neither the values of a failing row nor a statement's text may reach the log: they can be a patient's.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def name_of(data: Path) -> str:
    """The cluster's name, in the command line of each of its processes."""
    return f"vaxtally_{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def initialise(place: Place, account: Account | None) -> None:
    """Make the cluster unless it exists. An initdb cut short leaves `data.new`, never a half `data`."""
    if (place.data / "PG_VERSION").exists():
        return
    draft = place.data.with_name("data.new")
    password = place.data.with_name("initdb.password")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(place.password.read_text())
    if account:
        for path in (draft, password):
            os.chown(path, account.uid, account.gid)
    try:
        _initdb(place, draft, password, account)
    finally:
        password.unlink()
    draft.rename(place.data)


def _initdb(place: Place, data: Path, password: Path, account: Account | None) -> None:
    command = [
        str(place.binaries / "initdb"), "--pgdata", str(data), "--username=vaxtally", f"--pwfile={password}",
        "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
    ]  # fmt: skip
    options = account.as_whom if account else AsWhom()
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **options)
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["no reason given"]
        raise EmbeddedPostgresError(f"initdb failed: {reason[0]}")


def start(place: Place, account: Account | None) -> subprocess.Popen:
    """Start the server on a free port of 127.0.0.1, the last one if it can be had, and wait until it is ready."""
    end_leftovers(place.data)
    for _ in range(PORT_TRIES):
        port = _port(place.port)
        server = _launch(place, account, port)
        if _wait_until_ready(place.data, server):
            place.port.write_text(str(port))
            return server
    raise EmbeddedPostgresError("The server ended while it started.")


def _launch(place: Place, account: Account | None, port: int) -> subprocess.Popen:
    settings = SETTINGS | {"port": str(port), "cluster_name": name_of(place.data)}
    if memory := os.environ.get(SHARED_BUFFERS):
        settings["shared_buffers"] = memory
    command = [str(place.binaries / "postgres"), "-D", str(place.data)]
    command += [f"--{key}={value}" for key, value in settings.items()]
    options = account.as_whom if account else AsWhom()
    with place.log.open("ab") as log:
        # preexec_fn is unsafe beside threads; the keeper, the only caller, has none.
        return subprocess.Popen(
            command,
            preexec_fn=_child_setup(),  # noqa: PLW1509
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **options,
        )  # fmt: skip


def _child_setup() -> Callable[[], None]:
    """What the child does before it becomes postgres: signals free again, and never outlive the keeper."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def setup() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if libc:
            libc.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG; SIGINT is PostgreSQL's fast shutdown

    return setup


def _port(last: Path) -> int:
    """The port of last time, so that addresses noted elsewhere stay good, or any that is free."""
    wanted = int(last.read_text()) if last.exists() and last.read_text().isdigit() else 0
    try:
        return free_port(wanted)
    except OSError as error:
        raise EmbeddedPostgresError("No port is free on 127.0.0.1.") from error


def _wait_until_ready(data: Path, server: subprocess.Popen) -> bool:
    """Whether it came up: line 8 of postmaster.pid says `ready`, as pg_ctl reads it. False if it ended instead."""
    deadline = time.monotonic() + READY_SECONDS
    while server.poll() is None:
        with contextlib.suppress(OSError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            if len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
                return True
        if time.monotonic() > deadline:
            stop(server)
            raise EmbeddedPostgresError(f"The server was not ready within {READY_SECONDS} s.")
        time.sleep(POLL_SECONDS)
    return False


def stop(server: subprocess.Popen) -> None:
    """Fast shutdown; where that takes too long an immediate one, which the next start recovers from."""
    for number, patience in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if server.poll() is None:
            server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return


def end_leftovers(data: Path) -> None:
    """After a crash: let processes of this cluster end (hurried after a while), then forget their pid file.

    The caller holds the keeper's lock, so whoever still works on the data folder has lost its keeper. A dead
    postmaster stays visible as a zombie for a moment and its number may be taken by a stranger later; PostgreSQL
    refuses to start in both cases, so the file goes once no process of the cluster is left.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists() or not Path("/proc/self/cmdline").exists():
        return
    for number, patience in ((None, FAST_SECONDS / 2), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if number:
            _signal_all(data, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not processes(data):
                pid_file.unlink(missing_ok=True)
                return
            time.sleep(POLL_SECONDS)
    raise EmbeddedPostgresError("An earlier server of this home does not end.")


def _signal_all(data: Path, number: signal.Signals) -> None:
    for pid in processes(data):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def processes(data: Path) -> list[int]:
    """The living processes of the cluster, by its name in their command lines (a zombie has none)."""
    name = name_of(data).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if name in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found
