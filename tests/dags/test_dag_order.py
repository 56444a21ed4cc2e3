"""The order of tasks that protects data, and what starts what."""

from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

INGEST = {"ingest_uploads": "registry", "ingest_reports": "reports"}


def order(dag: Any) -> list[set[str]]:
    """Task ids in waves: each wave needs the one before."""
    waves, done = [], set()
    while len(done) < len(dag.tasks):
        wave = {task.task_id for task in dag.tasks if task.task_id not in done and task.upstream_task_ids <= done}
        waves.append(wave)
        done |= wave
    return waves


@pytest.mark.parametrize("dag_id", INGEST)
def test_files_are_judged_before_they_are_applied_and_answered_after_and_then_told_of(
    dag_bag: "DagBag", dag_id: str
) -> None:
    assert order(dag_bag.dags[dag_id]) == [
        {"plan"},
        {"stage_and_judge"},
        {"apply"},
        {"finish"},
        {"receipts"},
    ]


@pytest.mark.parametrize("dag_id", INGEST)
def test_only_staging_runs_side_by_side(dag_bag: "DagBag", dag_id: str) -> None:
    from airflow.sdk.definitions.mappedoperator import MappedOperator

    mapped = {task.task_id for task in dag_bag.dags[dag_id].tasks if isinstance(task, MappedOperator)}
    assert mapped == {"stage_and_judge"}


@pytest.mark.parametrize(("dag_id", "asset"), INGEST.items())
def test_only_apply_says_that_something_changed(dag_bag: "DagBag", dag_id: str, asset: str) -> None:
    tasks: list[Any] = dag_bag.dags[dag_id].tasks
    outlets = {task.task_id: [outlet.name for outlet in task.outlets] for task in tasks if task.outlets}
    assert outlets == {"apply": [asset]}


def test_either_asset_starts_the_reconciliation(dag_bag: "DagBag") -> None:
    from airflow.sdk import Asset, AssetAny

    condition: Any = dag_bag.dags["reconcile"].timetable.asset_condition
    assert isinstance(condition, AssetAny)
    assert {asset.name for asset in condition.objects if isinstance(asset, Asset)} == set(INGEST.values())


@pytest.mark.parametrize("dag_id", ["remind_units", "manager_digest", "management_report"])
def test_mails_follow_a_reconciliation_of_their_own(dag_bag: "DagBag", dag_id: str) -> None:
    first, *between, last = order(dag_bag.dags[dag_id])
    assert first == {"reconcile"}
    assert between == ([{"replies"}] if dag_id == "remind_units" else [])
    assert last in ({"remind"}, {"send"})


@pytest.mark.parametrize(
    ("dag_id", "cron"),
    [
        ("ingest_uploads", "*/15 * * * *"),
        ("ingest_reports", "*/15 * * * *"),
        ("remind_units", "30 7 * * *"),
        ("manager_digest", "0 8 * * *"),
        ("management_report", "30 8 * * mon"),
    ],
)
def test_timetables_are_in_the_citys_time(dag_bag: "DagBag", dag_id: str, cron: str) -> None:
    timetable: Any = dag_bag.dags[dag_id].schedule
    if dag_id in INGEST:
        timetable = timetable.timetable
    assert timetable.expression == cron
    assert str(timetable.timezone) == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(("dag_id", "kind"), [("ingest_uploads", "upload"), ("ingest_reports", "report")])
def test_files_that_arrive_start_their_own_dag(dag_bag: "DagBag", dag_id: str, kind: str) -> None:
    from airflow.sdk import AssetOrTimeSchedule

    from vaxtally.inbox_trigger import InboxTrigger

    schedule: Any = dag_bag.dags[dag_id].schedule
    assert isinstance(schedule, AssetOrTimeSchedule)
    condition: Any = schedule.asset_condition
    (inbox,) = condition.objects
    (watcher,) = inbox.watchers
    assert (inbox.name, watcher.name) == (f"inbox_{kind}s", f"inbox_{kind}s")
    assert isinstance(watcher.trigger, InboxTrigger)
    assert watcher.trigger.serialize() == ("vaxtally.inbox_trigger.InboxTrigger", {"kind": kind})


@pytest.mark.parametrize(
    ("timetables", "watch", "expected"),
    [
        ("on", "", "AssetOrTimeSchedule"),
        ("on", "off", "CronTriggerTimetable"),
        ("off", "", "NoneType"),
        ("off", "on", "Asset"),
    ],
)
def test_timetable_and_watch_are_switched_one_by_one(
    monkeypatch: pytest.MonkeyPatch, timetables: str, watch: str, expected: str
) -> None:
    from vaxtally import airflow_context

    monkeypatch.setenv("VAXTALLY_TIMETABLES", timetables)
    monkeypatch.setenv("VAXTALLY_WATCH", watch)
    assert type(airflow_context.arrivals("upload", "*/15 * * * *")).__name__ == expected


def test_timetables_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from vaxtally import airflow_context

    monkeypatch.setenv("VAXTALLY_TIMETABLES", "off")
    assert airflow_context.timetable("0 8 * * *") is None


def test_a_reconciliation_counts_as_of_the_last_day_among_its_events(dag_bag: "DagBag") -> None:
    from vaxtally.airflow_context import REGISTRY, REPORTS

    task: Any = dag_bag.dags["reconcile"].task_dict["reconcile"]
    latest_day = task.python_callable.__globals__["latest_day"]
    events = {
        REGISTRY: [SimpleNamespace(extra={"as_of": "2021-10-06"}), SimpleNamespace(extra={"as_of": "2021-10-07"})],
        REPORTS: [SimpleNamespace(extra={"as_of": "2021-10-05"}), SimpleNamespace(extra={})],
    }
    assert latest_day(events) == date(2021, 10, 7)
    assert latest_day({}) is None


def test_all_tasks_of_a_run_agree_on_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from vaxtally import airflow_context
    from vaxtally.settings import Settings

    start = datetime(2021, 10, 6, 17, 30, tzinfo=UTC)  # 00:30 of the 7th in the city
    for as_of, expected in ((None, date(2021, 10, 7)), ("2021-09-01", date(2021, 9, 1))):
        context = {"params": {"as_of": as_of}, "dag_run": SimpleNamespace(start_date=start)}
        monkeypatch.setattr(airflow_context, "get_current_context", lambda context=context: context)
        time = airflow_context.run_time(Settings())
        assert (time.as_of, time.processed_at) == (expected, start)
    assert time.received_at == datetime(2021, 9, 1, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def test_rows_judged_again_are_answered_and_compared(dag_bag: "DagBag") -> None:
    from airflow.sdk.exceptions import ParamValidationError

    dag: Any = dag_bag.dags["reprocess_rows"]
    assert order(dag) == [{"reprocess"}, {"finish"}, {"reconcile"}]
    assert dag.schedule is None
    rule = dag.params.get_param("rule")
    assert rule.resolve("file.mostly_rejected") == "file.mostly_rejected"
    for wrong in ("lot_number.missing", "record.same_day_dose", "file.encoding", None):
        with pytest.raises(ParamValidationError):
            rule.resolve(wrong)
