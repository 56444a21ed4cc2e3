"""What holds for every DAG: known by name, explained, owned, bounded in time, cheap to parse."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from vaxtally import paths

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAGS = {
    "ingest_uploads", "ingest_reports", "reconcile", "remind_units", "escalate_units", "manager_digest",
    "management_report", "reprocess_rows", "send_mails",
}  # fmt: skip
# A DAG's tags are the rooms it works in.
TAGS = {"intake", "quality", "registry", "stats", "tally", "outreach"}
OWNERS = {"registry", "outreach"}
# What a form asks for besides the day.
MORE_PARAMS = {"reprocess_rows": {"rule", "unit", "upload"}}
# pandas alone would cost every task more than most tasks take.
HEAVY = {"pandas", "pyarrow", "great_expectations", "apprise", "matplotlib", "psycopg", "phonenumbers", "alembic"}

every_dag = pytest.mark.parametrize("dag_id", sorted(DAGS))


def test_exactly_these_dags_without_import_errors(dag_bag: "DagBag") -> None:
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == DAGS


def test_a_file_is_named_as_its_dag(dag_bag: "DagBag") -> None:
    assert {file.stem for file in paths.DAGS.glob("*.py")} == DAGS


@every_dag
def test_it_explains_itself(dag_bag: "DagBag", dag_id: str) -> None:
    dag: Any = dag_bag.dags[dag_id]
    assert dag.doc_md.strip().startswith("### ") and len(dag.doc_md) > 300
    assert dag.description
    assert all(task.doc_md or task.python_callable.__doc__ for task in dag.tasks)


@every_dag
def test_its_tags_are_rooms_and_its_owner_is_known(dag_bag: "DagBag", dag_id: str) -> None:
    dag: Any = dag_bag.dags[dag_id]
    assert dag.tags and set(dag.tags) <= TAGS
    assert {task.owner for task in dag.tasks} <= OWNERS


@every_dag
def test_runs_do_not_overlap_or_catch_up(dag_bag: "DagBag", dag_id: str) -> None:
    dag: Any = dag_bag.dags[dag_id]
    assert dag.max_active_runs == 1
    assert dag.catchup is False


@every_dag
def test_tasks_are_tried_again_later_and_later_and_end(dag_bag: "DagBag", dag_id: str) -> None:
    for task in dag_bag.dags[dag_id].tasks:
        task: Any
        assert task.retries >= 1
        assert task.retry_exponential_backoff >= 2
        assert task.max_retry_delay <= timedelta(minutes=15)
        assert timedelta(0) < task.execution_timeout <= timedelta(hours=1)
        assert task.on_failure_callback
        assert task.trigger_rule == "all_success", "what follows must not run on half a result"


@every_dag
def test_as_of_is_a_day_or_empty(dag_bag: "DagBag", dag_id: str) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    params: Any = dag_bag.dags[dag_id].params
    assert set(params) == {"as_of"} | MORE_PARAMS.get(dag_id, set())
    assert params["as_of"] is None
    param = params.get_param("as_of")
    assert param.resolve("2021-10-07") == "2021-10-07"
    for wrong in ("07/10/2021", "yesterday", 5):
        with pytest.raises(ParamValidationError):
            param.resolve(wrong)


def test_parsing_is_quick_and_imports_nothing_heavy(tmp_path: Any) -> None:
    """In a process of its own, as the dag-processor does it: Airflow itself is there already, the file is not."""
    script = f"""
import json, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
began = time.process_time()
bag = DagBag({str(paths.DAGS)!r})
seconds = time.process_time() - began
assert not bag.import_errors, bag.import_errors
print(json.dumps([seconds, sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})]))
"""
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    seconds, imported = json.loads(done.stdout.splitlines()[-1])
    assert seconds < 1.5, f"{len(DAGS)} files took {seconds:.2f} s of one core"
    assert not HEAVY & set(imported)


def test_airflow_does_not_run_the_package_as_plugin_files() -> None:
    assert "vaxtally/" in (paths.PLUGINS / ".airflowignore").read_text().split()
