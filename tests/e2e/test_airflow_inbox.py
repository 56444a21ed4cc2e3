"""A file that arrives is in the registry within seconds, by a real Airflow whose triggerer looks into the inbox."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from vaxtally import db, embedded_postgres, stack
from vaxtally.settings import Settings
from vaxtally.stack import Stack

from ..intake_desk import UNIT_HEADER, csv_bytes, people

# Measured 6.3 s and 10.4 s, on 2 cores that others kept busy; the quarter of an hour that it replaces is 900.
SECONDS = 60.0
# The rest, some of it for the first time: the triggerer's first question to Airflow took 32 s at load 10.
PATIENCE_SECONDS = 180.0
# As long as several looks of the triggerer and the start of a run would take.
QUIET_SECONDS = 8.0


@dataclass
class Town:
    folder: Path
    environment: dict[str, str]

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def drop(self, path: str, content: bytes) -> None:
        """As an honest sender does: under another name until it is whole."""
        target = self.inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        part.write_bytes(content)
        part.rename(target)

    def ask(self, sql: str) -> Any:
        settings = Settings.from_environment(self.environment)
        with db.open_registry(settings) as engine, engine.connect() as connection:
            return connection.execute(text(sql)).scalar()

    def execute(self, sql: str) -> None:
        settings = Settings.from_environment(self.environment)
        with db.open_registry(settings) as engine, engine.begin() as connection:
            connection.execute(text(sql))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("inbox")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAXTALLY_")} | {
        "VAXTALLY_HOME": str(folder / "home"),
        "VAXTALLY_INBOX": str(folder / "inbox"),
        "VAXTALLY_OUTBOX": str(folder / "outbox"),
        "VAXTALLY_REST_SECONDS": "0",
        "VAXTALLY_MAIL_MODE": "off",
        "VAXTALLY_TIMETABLES": "off",
        "VAXTALLY_WATCH": "on",
        "VAXTALLY_WATCH_SECONDS": "0.5",
    }
    town = Town(folder, environment)
    unit = "TYT-1,Trạm Y tế Phường 1,health_centre,760,,vi,Lê Thị Hoa,hoa@example.org,,,2021-03-01,"
    town.drop("units.csv", f"{UNIT_HEADER}\n{unit}\n".encode())
    yield town
    embedded_postgres.remove(folder / "home")


def runs(airflow: Stack, dag_id: str) -> list[dict[str, Any]]:
    return airflow.call(f"dags/{dag_id}/dagRuns?limit=100")["dag_runs"]


def wait(airflow: Stack, happened: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """The seconds until it has happened."""
    begun = time.monotonic()
    while not happened():
        airflow.check()
        assert time.monotonic() - begun < seconds
        time.sleep(0.2)
    return time.monotonic() - begun


def wait_until_all_ended(airflow: Stack, dag_id: str) -> None:
    wait(airflow, lambda: all(run["state"] in ("success", "failed") for run in runs(airflow, dag_id)))


def test_a_file_is_worked_on_when_it_arrives_and_what_stays_starts_nothing(town: Town) -> None:
    settings = Settings.from_environment(town.environment)
    with stack.running(town.folder / "home", town.environment) as airflow:
        # The first run of all also makes the registry's tables.
        town.drop("TYT-1/uploads/first.csv", csv_bytes(people(1)))
        wait(airflow, lambda: not (town.inbox / "TYT-1/uploads/first.csv").exists())
        wait_until_all_ended(airflow, "ingest_uploads")
        assert [run["run_type"] for run in runs(airflow, "ingest_uploads")] == ["asset_triggered"]
        assert runs(airflow, "ingest_reports") == []
        town.drop("TYT-1/uploads/a.csv", csv_bytes(people(2, 3)))
        with (
            db.open_registry(settings) as engine,
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            doses = text("SELECT count(*) FROM registry.dose")
            seconds = wait(airflow, lambda: connection.execute(doses).scalar() == 3, SECONDS)
        print(f"in the registry {seconds:.1f} s after it arrived")
        wait_until_all_ended(airflow, "ingest_uploads")
        town.drop("reports/r.csv", "Mã đơn vị,Ngày,Vắc xin,Mũi,Số mũi tiêm\nTYT-1,09/08/2021,Pfizer,1,5\n".encode())
        wait(airflow, lambda: not (town.inbox / "reports/r.csv").exists())
        assert len(runs(airflow, "ingest_uploads")) == 2
        before = cannot_be_applied(town, airflow)
    with stack.running(town.folder / "home", town.environment) as airflow:
        # Airflow was started anew, and the file still lies there.
        town.drop("reports/s.csv", "Mã đơn vị,Ngày,Vắc xin,Mũi,Số mũi tiêm\nTYT-1,09/08/2021,Pfizer,1,6\n".encode())
        wait(airflow, lambda: not (town.inbox / "reports/s.csv").exists())  # the triggerer looks again
        time.sleep(QUIET_SECONDS)
        assert len(runs(airflow, "ingest_uploads")) == before
        town.execute("DROP FUNCTION registry.fail CASCADE")
        town.drop("TYT-1/uploads/b.csv", csv_bytes(people(9)))
        wait(airflow, lambda: not any((town.inbox / "TYT-1/uploads").iterdir()))
        assert town.ask("SELECT count(*) FROM registry.dose") == 5


def cannot_be_applied(town: Town, airflow: Stack) -> int:
    """Drop a file that the database refuses; returns how many runs there are then, for good."""
    town.execute(
        "CREATE FUNCTION registry.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$"
    )
    town.execute("CREATE TRIGGER fail BEFORE INSERT ON registry.dose FOR EACH ROW EXECUTE FUNCTION registry.fail()")
    town.drop("TYT-1/uploads/stays.csv", csv_bytes(people(4)))
    wait(airflow, lambda: any(run["state"] == "failed" for run in runs(airflow, "ingest_uploads")))
    count = len(runs(airflow, "ingest_uploads"))
    time.sleep(QUIET_SECONDS)
    assert len(runs(airflow, "ingest_uploads")) == count
    assert (town.inbox / "TYT-1/uploads/stays.csv").exists()
    return count
