"""Airflow's configuration for a home: private, on loopback, untouched by another Airflow's."""

import stat
from pathlib import Path

from vaxtally.stack import environment
from vaxtally.stack.login import keys_of, login_of


def configure(home: Path, inherited: dict[str, str]) -> dict[str, str]:
    environment.make_folders(home)
    return environment.airflow_environment(home, inherited, "postgresql://registry", "postgresql://metadata", 0)


def test_another_airflows_configuration_stays_out_and_connections_come_along(tmp_path: Path) -> None:
    inherited = {
        "AIRFLOW_HOME": "/elsewhere",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__SQL_ALCHEMY_CONN": "sqlite://",
        "AIRFLOW_CONN_VAXTALLY_MAIL": "mailto://127.0.0.1:25",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/bin",
    }
    made = configure(tmp_path, inherited)
    assert made["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__CORE__SQL_ALCHEMY_CONN" not in made
    assert "PYTHONDONTWRITEBYTECODE" not in made
    assert (made["AIRFLOW_CONN_VAXTALLY_MAIL"], made["PATH"]) == ("mailto://127.0.0.1:25", "/bin")


def test_everything_listens_and_talks_on_loopback(tmp_path: Path) -> None:
    made = configure(tmp_path, {"http_proxy": "http://proxy.example"})
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert made["AIRFLOW__API__BASE_URL"] == f"http://127.0.0.1:{made['AIRFLOW__API__PORT']}"
    assert made["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].startswith(made["AIRFLOW__API__BASE_URL"] + "/")
    assert "127.0.0.1" in made["NO_PROXY"]
    assert made["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    configure(tmp_path, {})
    login, keys = login_of(tmp_path), keys_of(tmp_path)
    configure(tmp_path, {})
    assert (login_of(tmp_path), keys_of(tmp_path)) == (login, keys)
    assert len(login.password) >= 12
    files = [path for path in (tmp_path / "airflow").iterdir() if path.is_file()]
    assert files and all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700 for name in ("airflow", "logs"))


def test_the_registry_and_the_home_are_passed_to_tasks(tmp_path: Path) -> None:
    made = configure(tmp_path, {"VAXTALLY_INBOX": "/in"})
    assert (made["VAXTALLY_REGISTRY_URL"], made["VAXTALLY_HOME"], made["VAXTALLY_INBOX"]) == (
        "postgresql://registry",
        str(tmp_path),
        "/in",
    )
