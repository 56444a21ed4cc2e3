"""A running stack as its user sees it: trigger a DAG, wait for what becomes of it. Over Airflow's REST API."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vaxtally.stack.errors import StackError
from vaxtally.stack.login import Login
from vaxtally.stack.supervisor import Component

POLL_SECONDS = 0.3
READY_SECONDS = 120
# The first task of a stack has the api-server import much, and nothing else is answered then: 33 s on a busy machine.
REQUEST_SECONDS = 90
# A proxy in the environment is for other machines.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
FINAL_STATES = {"success", "failed"}
# A task that has asked a person; and those of a run that get on by themselves.
WAITING = "awaiting_input"
MOVING = {"scheduled", "queued", "running", "up_for_retry"}
# A person takes longer. Airflow starts a task anew, and asks again, if it is answered before the scheduler has noted
# that its process ended to wait.
READING_SECONDS = 5
PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


@dataclass
class Stack:
    """`base_url`: of the user interface; `login`: who may use it."""

    base_url: str
    login: Login
    components: list[Component]
    _token: str = field(default="", repr=False)

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run with the given parameters; returns its run_id."""
        run = self.call(f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return run["dag_run_id"]

    def wait(self, dag_id: str, run_id: str, timeout: float) -> str:
        """The final state of a run, `success` or `failed`. Raises StackError after `timeout` seconds."""
        path = f"dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id)}"
        for _ in self._until(timeout, f"{dag_id} did not end"):
            if (state := self.call(path)["state"]) in FINAL_STATES:
                return state
        raise AssertionError

    def wait_for_triggered(
        self, dag_id: str, source_dag_id: str, source_run_id: str, timeout: float
    ) -> tuple[str, str]:
        """The run of `dag_id` that the source run's asset events started: its run_id and final state."""
        for _ in self._until(timeout, f"{source_dag_id} started no run of {dag_id}"):
            for run in self.call(f"dags/{dag_id}/dagRuns?order_by=-start_date&limit=20")["dag_runs"]:
                if (source_dag_id, source_run_id) in self._sources(dag_id, run):
                    return run["dag_run_id"], self.wait(dag_id, run["dag_run_id"], timeout)
        raise AssertionError

    def questions(self, dag_id: str, run_id: str, timeout: float) -> list[dict[str, Any]]:
        """What a run asks people (options, subject, body and task of each), once all its tasks wait for an answer.

        Empty once the run has ended. Raises StackError after `timeout` seconds.
        """
        path = f"dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id)}"
        for _ in self._until(timeout, f"{dag_id} asked nothing"):
            states = [task["state"] for task in self.call(f"{path}/taskInstances")["task_instances"]]
            if WAITING in states and not set(states) & MOVING:
                asked = self.call(f"{path}/hitlDetails?response_received=false")["hitl_details"]
                if asked:
                    time.sleep(READING_SECONDS)
                    return sorted(asked, key=lambda detail: detail["task_instance"]["map_index"])
            if self.call(path)["state"] in FINAL_STATES:
                return []
        raise AssertionError

    def answer(self, question: dict[str, Any], options: list[str]) -> None:
        """Answer a question as the logged-in person. Raises StackError where it was answered already."""
        task = question["task_instance"]
        path = f"dags/{task['dag_id']}/dagRuns/{urllib.parse.quote(task['dag_run_id'])}/taskInstances"
        body = {"chosen_options": options}
        self.call(f"{path}/{task['task_id']}/{task['map_index']}/hitlDetails", body, method="PATCH")

    def failed_tasks(self, dag_id: str, run_id: str) -> list[str]:
        """The tasks of a run that failed, mapped ones with their index."""
        path = f"dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id)}/taskInstances?state=failed"
        return [f"{task['task_id']}[{task['map_index']}]" for task in self.call(path)["task_instances"]]

    def wait_until_ready(self, dag_ids: set[str]) -> None:
        """Return once every component works and every DAG is known. Raises StackError, for an import error too."""
        for _ in self._until(READY_SECONDS, "Airflow was not ready"):
            try:
                if self._is_healthy() and self._knows(dag_ids):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                continue

    def check(self) -> None:
        """Raise StackError if a component has ended."""
        for component in self.components:
            component.check()

    def call(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """GET, or POST where there is a body, below `/api/v2/`; the answer's JSON. Raises StackError if refused."""
        request = urllib.request.Request(f"{self.base_url}/api/v2/{path}", method=method)  # noqa: S310 - our own address
        try:
            request.add_header("Authorization", f"Bearer {self._bearer()}")
            return _send(request, body)
        except urllib.error.HTTPError as error:
            raise StackError(f"Airflow refused {path}: {error.code} {error.read().decode()[:500]}") from error

    def _is_healthy(self) -> bool:
        with _OPENER.open(f"{self.base_url}/api/v2/monitor/health", timeout=10) as answer:
            health = json.load(answer)
        return all(health[part]["status"] == "healthy" for part in PARTS)

    def _knows(self, dag_ids: set[str]) -> bool:
        for broken in self.call("importErrors")["import_errors"]:
            raise StackError(f"{broken['filename']} cannot be imported:\n{broken['stack_trace']}")
        return dag_ids <= {dag["dag_id"] for dag in self.call("dags?limit=100")["dags"]}

    def _sources(self, dag_id: str, run: dict[str, Any]) -> set[tuple[str, str]]:
        if run["run_type"] != "asset_triggered":
            return set()
        path = f"dags/{dag_id}/dagRuns/{urllib.parse.quote(run['dag_run_id'])}/upstreamAssetEvents"
        return {(event["source_dag_id"], event["source_run_id"]) for event in self.call(path)["asset_events"]}

    def _until(self, timeout: float, failure: str) -> Iterator[None]:
        """Try again and again, as long as all components live. Raises StackError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.check()
            yield
            time.sleep(POLL_SECONDS)
        raise StackError(f"{failure} within {timeout:g} s.")

    def _bearer(self) -> str:
        if not self._token:
            request = urllib.request.Request(f"{self.base_url}/auth/token")  # noqa: S310 - our own http address
            answer = _send(request, {"username": self.login.user, "password": self.login.password})
            self._token = answer["access_token"]
        return self._token


def _send(request: urllib.request.Request, body: dict[str, Any] | None) -> Any:
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with _OPENER.open(request, timeout=REQUEST_SECONDS) as answer:
        return json.load(answer)
