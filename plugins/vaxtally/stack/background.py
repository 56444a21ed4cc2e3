"""The stack left running: `up` starts it in the background and tells the address, `down` stops it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from vaxtally import lock
from vaxtally.settings import Settings
from vaxtally.stack.environment import make_folders
from vaxtally.stack.errors import StackError
from vaxtally.stack.login import login_of
from vaxtally.stack.running import running

PORT = 8080
UP_SECONDS = 240


def pid_file(home: Path) -> Path:
    """Locked, with its process id in it, by the running stack."""
    return home / "stack.pid"


def _note(home: Path) -> Path:
    return home / "stack.json"


def serve(home: Path) -> None:
    """Run the stack until a signal or until a component ends. Raises StackError; also if it runs already."""
    with lock.open_lock(pid_file(home)) as pid:
        if not lock.try_hold(pid):
            raise StackError("The stack is running already.")
        os.ftruncate(pid, 0)
        os.pwrite(pid, str(os.getpid()).encode(), 0)
        _note(home).unlink(missing_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _leave)
        with running(home, os.environ, port=PORT, tell=lambda step: print(step, flush=True)) as airflow:
            lock.write_private(_note(home), json.dumps({"address": airflow.base_url}))
            while True:
                airflow.check()
                time.sleep(1)


def _leave(number: int, _: object) -> None:
    """Once: a second signal must not cut the stopping short."""
    for other in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    sys.exit(0)


def up(settings: Settings) -> int:
    """Start the stack unless it runs; print its address and login. Returns exit code 0. Raises StackError."""
    home = settings.home
    make_folders(home)
    if lock.is_free(pid_file(home)):
        _note(home).unlink(missing_ok=True)
        _wait_for_note(home, _spawn(home))
    address = json.loads(_note(home).read_text())["address"]
    login = login_of(home)
    print(f"Airflow runs at {address} (user {login.user}, password {login.password})")
    print(f"Files go to {settings.inbox}; logs are in {home / 'logs'}; `make down` stops it.")
    return 0


def _spawn(home: Path) -> subprocess.Popen:
    with (home / "logs" / "stack.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "vaxtally.stack"]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
        )


def _wait_for_note(home: Path, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while not _note(home).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            log = home / "logs" / "stack.log"
            raise StackError(f"The stack did not start; see {log}.\n{log.read_text()[-2000:]}")
        time.sleep(0.2)


def down(settings: Settings) -> int:
    """Stop the stack, if it runs, and wait until all of it has ended. Returns exit code 0."""
    home = settings.home
    if not pid_file(home).exists() or lock.is_free(pid_file(home)):
        print("The stack does not run.")
        return 0
    lock.end_holder(pid_file(home))
    _note(home).unlink(missing_ok=True)
    print("The stack has stopped.")
    return 0
