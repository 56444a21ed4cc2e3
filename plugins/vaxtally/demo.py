"""`make demo`: a made-up city through every DAG on a real Airflow, checked against its answer key.

What it leaves in the folder `demo/`: the city (`city/`), what the units got back (`outbox/`), every mail as `.eml` and
`.html` (`mails/`), the digest's picture, the urgent dispatches that were proposed (`home/letters/`), and the logs of
Airflow (`home/logs/`).
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import embedded_postgres, paths
from vaxtally.errors import UsageError, VaxtallyError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.outreach.sink import SinkServer
    from vaxtally.sample import CitySummary
    from vaxtally.settings import Settings
    from vaxtally.stack import Stack

UNITS, ROWS, DAYS, SEED, DIRTY = 40, 20_000, 14, 1, 0.03
DIGEST_TO = "giam-sat@soyte.example.org"
MANAGEMENT_TO = "lanh-dao@soyte.example.org"
# What the folder of an earlier demo is known by; nothing else is ever deleted.
MARK = ".vaxtally-demo"
RUN_SECONDS = 170
MAIL_KINDS = {
    "receipt": "receipts for files with something to correct",
    "shortfall": "to units that fall short",
    "urgent": "to units that still do, three working days later",
    "digest": "digests to the Department, the management and whoever has units below it",
    "alert": "on dispatches that wait for its decision",
    "escalation": "with an approved dispatch",
}


class DemoError(VaxtallyError):
    """The demo found something that differs from its answer key, or a run that failed."""


def main(folder: Path) -> int:
    """Run the demo in `folder`; returns 0. Raises DemoError, StackError and UsageError."""
    started = time.monotonic()
    folder = _fresh(folder.absolute())
    with _step("a made-up city of 40 units, 20,000 doses, 14 days"):
        city = _city(folder)
    with _sink(folder) as sink:
        settings = _environment(folder, sink)
        summary = _run_everything(folder, city, settings)
    mails = sorted((folder / "mails").glob("*.eml"))
    _check_mails(mails, summary)
    _print_summary(folder, summary, mails, time.monotonic() - started)
    return 0


def _fresh(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UsageError(f"{folder} is not empty and no earlier demo; name another folder with --out.")
        embedded_postgres.remove(folder / "home")  # it may lie elsewhere, see embedded_postgres/place.py
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder


def _city(folder: Path) -> "CitySummary":
    from vaxtally.sample import write_city

    return write_city(folder / "city", units=UNITS, rows=ROWS, days=DAYS, seed=SEED, dirty=DIRTY)


@contextmanager
def _sink(folder: Path) -> Iterator["SinkServer"]:
    from vaxtally.outreach import sink

    with sink.running(folder / "mails") as server:
        yield server


def _environment(folder: Path, sink: "SinkServer") -> dict[str, str]:
    """A copy of the city is the inbox, so that the city can be looked at, and taken in again, afterwards."""
    shutil.copytree(folder / "city", folder / "inbox")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VAXTALLY_")}
    return kept | {
        "VAXTALLY_HOME": str(folder / "home"),
        "VAXTALLY_INBOX": str(folder / "inbox"),
        "VAXTALLY_OUTBOX": str(folder / "outbox"),
        "VAXTALLY_REST_SECONDS": "0",
        "VAXTALLY_MAIL_URL": sink.url,
        "VAXTALLY_MAIL_FROM": "vaxtally@soyte.example.org",
        "VAXTALLY_DIGEST_TO": DIGEST_TO,
        "VAXTALLY_MANAGEMENT_TO": MANAGEMENT_TO,
        # The demo starts each DAG itself, on the city's day.
        "VAXTALLY_TIMETABLES": "off",
    }


def _run_everything(folder: Path, city: "CitySummary", environment: dict[str, str]) -> dict[str, Any]:
    from vaxtally import db, stack
    from vaxtally.settings import Settings

    with stack.running(folder / "home", environment, tell=_tell) as airflow:
        as_of = {"as_of": city.received_on.isoformat()}
        reports = _run(airflow, "ingest_reports", as_of)
        uploads = _run(airflow, "ingest_uploads", as_of)
        for source, run_id in (("ingest_reports", reports), ("ingest_uploads", uploads)):
            with _step(f"reconcile, triggered by {source}"):
                _succeeded(airflow, "reconcile", *airflow.wait_for_triggered("reconcile", source, run_id, RUN_SECONDS))
        # Rows judged again by the same lists come out the same: the answer key still holds below.
        for dag_id in ("reprocess_rows", "remind_units", "manager_digest", "management_report", "send_mails"):
            _run(airflow, dag_id, as_of)
        with (
            _step("comparing every row and figure with the answer key"),
            db.open_registry(Settings.from_environment(environment)) as engine,
        ):
            _check_answers(engine, folder)
        with db.open_registry(Settings.from_environment(environment)) as engine:
            _escalate(airflow, engine, city, Settings.from_environment(environment))
            return _summary(engine)


def _escalate(airflow: "Stack", engine: "Engine", city: "CitySummary", settings: "Settings") -> None:
    """Nothing more comes in, so that units are urged and dispatches proposed; then decide as a manager would."""
    from vaxtally import outreach
    from vaxtally.working_days import working_days

    calendar = working_days(settings)
    urged_on = calendar.after(city.received_on, settings.urge_after_days)
    proposed_on = calendar.after(city.received_on, settings.escalate_after_days)
    for day in (urged_on, proposed_on):
        with _step(f"units written to on {day}, when nothing has come in since {city.received_on}"):
            outreach.remind_units(engine, day, settings)
    with _step("escalate_units: the dispatches of two units approved, the others dropped"):
        run_id = airflow.trigger("escalate_units", {"as_of": proposed_on.isoformat()})
        asked = False
        while questions := airflow.questions("escalate_units", run_id, RUN_SECONDS):
            asked = True
            for question in questions:
                is_first_page = question["task_instance"]["map_index"] == 0
                # The last option is to approve none of them.
                airflow.answer(question, question["options"][:2] if is_first_page else question["options"][-1:])
        if not asked:
            raise DemoError("No urgent dispatch was proposed.")
        _succeeded(airflow, "escalate_units", run_id, airflow.wait("escalate_units", run_id, RUN_SECONDS))


def _run(airflow: "Stack", dag_id: str, conf: dict[str, str]) -> str:
    with _step(dag_id):
        run_id = airflow.trigger(dag_id, conf)
        _succeeded(airflow, dag_id, run_id, airflow.wait(dag_id, run_id, RUN_SECONDS))
    return run_id


def _succeeded(airflow: "Stack", dag_id: str, run_id: str, state: str) -> None:
    if state != "success":
        raise DemoError(f"{dag_id} ended as {state}: {', '.join(airflow.failed_tasks(dag_id, run_id))} failed.")


def _check_answers(engine: "Engine", folder: Path) -> None:
    from vaxtally.sample.verify import differences

    found = differences(engine, folder / "city", folder / "inbox")
    if found:
        raise DemoError("The result differs from the answer key:\n" + "\n".join(found))


def _summary(engine: "Engine") -> dict[str, Any]:
    from sqlalchemy import text

    statements = {
        "files": "SELECT kind, status, count(*) FROM intake.upload GROUP BY 1, 2 ORDER BY 1, 2",
        "rows": (paths.SQL / "sample" / "upload" / "select_outcomes.sql").read_text(encoding="utf-8"),
        "messages": "SELECT kind, status, count(*) FROM outreach.message GROUP BY 1, 2 ORDER BY 1, 2",
        "tally": "SELECT sum(reported), sum(entered), sum(shortfall) FROM tally.entry_gap",
    }
    with engine.connect() as connection:
        return {name: connection.execute(text(sql)).all() for name, sql in statements.items()}


def _check_mails(mails: list[Path], summary: dict[str, Any]) -> None:
    sent = sum(count for _, status, count in summary["messages"] if status == "sent")
    unsent = {f"{kind} {status}": count for kind, status, count in summary["messages"] if status != "sent"}
    if unsent or sent != len(mails) or not sent:
        raise DemoError(f"The ledger says {sent} mails sent and {unsent or 'none'} not; {len(mails)} arrived.")
    if missing := sorted(set(MAIL_KINDS) - {kind for kind, _, _ in summary["messages"]}):
        raise DemoError(f"No mail of these kinds was due: {', '.join(missing)}.")


def _print_summary(folder: Path, summary: dict[str, Any], mails: list[Path], seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    files = Table(title="Files", title_justify="left")
    for heading in ("kind", "status", "files"):
        files.add_column(heading)
    for kind, status, count in summary["files"]:
        files.add_row(kind, status, f"{count:,}")
    rows = Table(title="Rows by outcome", title_justify="left")
    for heading in ("kind", "outcome", "rows"):
        rows.add_column(heading)
    for kind, outcome, count in summary["rows"]:
        rows.add_row(kind, outcome, f"{count:,}")
    console.print(files, rows)
    reported, entered, shortfall = summary["tally"][0]
    sent = {kind: sum(count for each, _, count in summary["messages"] if each == kind) for kind in MAIL_KINDS}
    console.print(f"Doses reported {reported:,}, entered {entered:,}, missing {shortfall:,}.")
    told = ", ".join(f"{count} {MAIL_KINDS[kind]}" for kind, count in sent.items())
    console.print(f"{len(mails)} mails sent: {told}.")
    console.print("Every row, file and figure agrees with the answer key.", style="bold")
    for what, where in (
        ("Mails", "mails/*.html"),
        ("Letters", "home/letters/"),
        ("Answers to the units", "outbox/"),
        ("The weekly report", "home/reports/"),
        ("The city", "city/"),
    ):
        console.print(f"  {what}: {folder / where}", soft_wrap=True)
    console.print(f"Done in {seconds:.0f} s; everything that was started is stopped.")


def _tell(step: str) -> None:
    print(f"  · {step}", file=sys.stderr, flush=True)


@contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"  · {name} …", end="", file=sys.stderr, flush=True)
    yield
    print(f" {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
