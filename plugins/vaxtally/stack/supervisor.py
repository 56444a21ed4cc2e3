"""Starts Airflow's components side by side and stops them all together.

`airflow standalone` is no substitute: on SIGTERM it orphans its children, and it carries on without its api-server.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vaxtally.stack.errors import StackError

COMPONENTS = {
    "api-server": ["api-server"],
    # Logs lie on this machine, where the api-server reads them; the log servers would listen on all addresses.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
# Only the scheduler has something to finish, its running tasks; the others have done what they do within a second and
# then take their time to leave (the triggerer waits 10 s for its child).
PATIENCE_SECONDS = {"scheduler": 15.0}
HURRIED_SECONDS = 3.0
LOG_LINES = 5


@dataclass(frozen=True)
class Component:
    """A running part of Airflow and where it writes."""

    name: str
    process: subprocess.Popen
    log: Path

    def check(self) -> None:
        """Raise StackError if it has ended."""
        if self.process.poll() is not None:
            raise StackError(
                f"Airflow's {self.name} ended ({self.process.returncode}); see {self.log}.\n{self._tail()}"
            )

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def run_to_end(home: Path, environment: Mapping[str, str], name: str, arguments: list[str]) -> None:
    """Run one Airflow command until it ends. Raises StackError if it fails."""
    component = _start(home, environment, name, arguments)
    if component.process.wait():
        component.check()


@contextmanager
def supervised(home: Path, environment: Mapping[str, str]) -> Iterator[list[Component]]:
    """All components, started; stopped at the end, whatever happens."""
    components: list[Component] = []
    try:
        for name, arguments in COMPONENTS.items():
            components.append(_start(home, environment, name, arguments))
        yield components
    finally:
        _stop(components)


def _start(home: Path, environment: Mapping[str, str], name: str, arguments: list[str]) -> Component:
    log = home / "logs" / f"{name}.log"
    command = [sys.executable, "-P", "-m", "vaxtally.stack.component", *arguments]
    with log.open("ab") as output:
        # A session of its own: Ctrl-C is ours to pass on, and stragglers can be reached through the group.
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=home,
            start_new_session=True,
        )  # fmt: skip
    return Component(name, process, log)


def _stop(components: list[Component]) -> None:
    """End all at once, but the api-server after the others: tasks that end report to it."""
    last = [component for component in components if component.name == "api-server"]
    for group in ([component for component in components if component not in last], last):
        for component in group:
            component.process.terminate()
        for component in sorted(group, key=lambda one: PATIENCE_SECONDS.get(one.name, 0)):
            _end(component)


def _end(component: Component) -> None:
    """Wait a while, then end whatever is left of its group."""
    with suppress(subprocess.TimeoutExpired):
        component.process.wait(PATIENCE_SECONDS.get(component.name, HURRIED_SECONDS))
    with suppress(ProcessLookupError):
        os.killpg(component.process.pid, signal.SIGKILL)
    component.process.wait()
