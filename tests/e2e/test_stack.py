"""The embedded stack left running, as a person starts, uses and stops it; and what it does when a part ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vaxtally import embedded_postgres
from vaxtally.stack import StackError, supervisor
from vaxtally.stack.airflow import Stack
from vaxtally.stack.environment import airflow_environment, make_folders
from vaxtally.stack.login import Login

DAGS = 9


def listening(pids: set[int]) -> set[str]:
    """The addresses on which these processes listen, as `/proc` shows them (hexadecimal)."""
    sockets = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(link.readlink().name)
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].partition(":")[0])
    return found


def processes_of(home: Path) -> set[int]:
    """Every process that was started for this home, by its environment."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if f"VAXTALLY_HOME={home}\0".encode() in (entry / "environ").read_bytes():
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


def vaxtally(home: Path, command: str) -> str:
    environment = os.environ | {"VAXTALLY_HOME": str(home), "VAXTALLY_TIMETABLES": "off"}
    arguments = [sys.executable, "-m", "vaxtally.cli", command]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    vaxtally(tmp_path / "home", "down")
    embedded_postgres.remove(tmp_path / "home")


def test_up_tells_address_and_login_and_down_leaves_nothing(home: Path) -> None:
    told = vaxtally(home, "up")
    match = re.search(r"at (http://127\.0\.0\.1:\d+) \(user (\S+), password (\S+)\)", told)
    assert match, told
    airflow = Stack(match[1], Login(match[2], match[3]), [])
    assert airflow.call("dags")["total_entries"] == DAGS
    with pytest.raises(StackError, match="401"):
        Stack(match[1], Login(match[2], "wrong"), []).call("dags")
    assert listening(processes_of(home)) == {"0100007F"}, "127.0.0.1 only"
    assert vaxtally(home, "up") == told, "a second `up` finds the first"
    vaxtally(home, "down")
    deadline = time.monotonic() + 5  # the one that held the lock is still leaving
    while left := processes_of(home):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_all_parts_end_when_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "COMPONENTS", {"version": ["version"], "shell": ["triggerer", "--help"]})
    make_folders(tmp_path)
    environment = airflow_environment(tmp_path, dict(os.environ), "postgresql://none", "sqlite://", 0)
    with pytest.raises(StackError, match="ended"), supervisor.supervised(tmp_path, environment) as components:
        while True:
            for component in components:
                component.check()
            time.sleep(0.05)
    assert all(component.process.poll() is not None for component in components)


CHILD = """
import time
from vaxtally.stack.component import end_with_parent
end_with_parent()
print("ready", flush=True)
time.sleep(600)
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_component_ends_with_a_killed_supervisor() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = Path(f"/proc/{parent.stdout.readline().strip()}")
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while child.exists() and "\nState:\tZ" not in (child / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
