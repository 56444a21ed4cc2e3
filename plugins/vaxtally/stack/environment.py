"""Airflow's configuration for one home, as environment variables. The reasons stand beside the values."""

from collections.abc import Mapping
from pathlib import Path

from vaxtally import paths
from vaxtally.loopback import HOST, free_port
from vaxtally.stack.login import USER, keys_of, login_of, passwords_file

PARALLELISM = 4  # measured on 2 cores: 102 trivial tasks in 19.9 s; with 2 in 22.8 s, with 8 in 16.4 s


def make_folders(home: Path) -> None:
    """The folders the stack writes to; both are ours alone, logs may name files of units."""
    for name in ("airflow", "logs"):
        folder = home / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)


def airflow_environment(
    home: Path, environment: Mapping[str, str], registry_url: str, metadata_url: str, port: int
) -> dict[str, str]:
    """The complete environment of every component and task."""
    address = f"http://{HOST}:{free_port(port)}"
    inherited = {
        name: value
        for name, value in environment.items()
        # A configuration meant for another Airflow stays out, connections come along. Byte code saves half of
        # each import, so the wish not to write it is not passed on.
        if (not name.startswith("AIRFLOW") or name.startswith("AIRFLOW_CONN_")) and name != "PYTHONDONTWRITEBYTECODE"
    }
    ours = {
        "VAXTALLY_HOME": str(home),
        "VAXTALLY_REGISTRY_URL": registry_url,
        "PYTHONPATH": str(paths.CONFIG),
        "NO_PROXY": f"{HOST},localhost",
        "no_proxy": f"{HOST},localhost",
        "AIRFLOW_HOME": str(home / "airflow"),
    }
    return inherited | ours | _core(home) | _database(metadata_url) | _api(home, address)


def _core(home: Path) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(paths.DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(paths.PLUGINS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # With the default of 5 s a task of half a second is reported done after 5.6 s.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs" / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag-files"),
        # Nothing here talks to another machine by itself.
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _database(metadata_url: str) -> dict[str, str]:
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata_url, "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False"}


def _api(home: Path, address: str) -> dict[str, str]:
    keys = keys_of(home)
    login_of(home)
    return {
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": address.rpartition(":")[2],
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys["session"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(home)),
    }
