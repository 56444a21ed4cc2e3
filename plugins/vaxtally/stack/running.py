"""Start the stack, wait until it is ready, stop it: the context that everything else uses."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vaxtally import embedded_postgres, paths
from vaxtally.stack.airflow import Stack
from vaxtally.stack.environment import airflow_environment, make_folders
from vaxtally.stack.login import login_of
from vaxtally.stack.supervisor import run_to_end, supervised

REGISTRY = "vaxtally"
METADATA = "airflow"


def _silent(_: str) -> None:
    """Tell nobody."""


@contextmanager
def running(
    home: Path, environment: Mapping[str, str], *, port: int = 0, tell: Callable[[str], None] = _silent
) -> Iterator[Stack]:
    """The stack, ready: every DAG file is parsed, no import error. All of it ends with the context.

    `environment` is what the tasks see; VAXTALLY_HOME and, unless given there, VAXTALLY_REGISTRY_URL are added.
    `port` is the wanted one of the user interface (0: any), `tell` is called with a line for each step.
    Raises StackError or EmbeddedPostgresError.
    """
    home = home.absolute()
    make_folders(home)
    tell("starting PostgreSQL")
    with embedded_postgres.serve(home) as server:
        registry_url = environment.get("VAXTALLY_REGISTRY_URL") or server.ensure_database(REGISTRY)
        metadata_url = server.ensure_database(METADATA)
        complete = airflow_environment(home, environment, registry_url, metadata_url, port)
        tell("preparing Airflow's database")
        run_to_end(home, complete, "db-migrate", ["db", "migrate"])
        tell("starting Airflow: api-server, scheduler, dag-processor, triggerer")
        with supervised(home, complete) as components:
            airflow = Stack(complete["AIRFLOW__API__BASE_URL"], login_of(home), components)
            airflow.wait_until_ready({file.stem for file in paths.DAGS.glob("*.py")})
            yield airflow
