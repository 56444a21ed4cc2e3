"""The production topology's files. No engine runs here: their form is checked, the topology by a later test."""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from vaxtally import paths
from vaxtally.settings import describe_settings

AIRFLOW = {"api-server", "scheduler", "dag-processor", "triggerer", "worker-1", "worker-2"}
COMPOSE = paths.ROOT / "docker-compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_it_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_services(services: dict[str, Any]) -> None:
    assert set(services) == AIRFLOW | {"postgres", "redis", "init"}
    assert all("healthcheck" in service for name, service in services.items() if name != "init")


def test_airflow_waits_for_what_it_needs(services: dict[str, Any]) -> None:
    for name in AIRFLOW:
        needs = {other: how["condition"] for other, how in services[name]["depends_on"].items()}
        assert needs == {
            "postgres": "service_healthy",
            "redis": "service_healthy",
            "init": "service_completed_successfully",
        }


def test_the_projects_folders_are_mounted_where_the_package_looks(services: dict[str, Any]) -> None:
    for name in AIRFLOW:
        mounts = dict(volume.split(":")[:2] for volume in services[name]["volumes"] if volume.startswith("./"))
        for folder in ("dags", "plugins", "config", "include", "expectations"):
            assert mounts[f"./{folder}"] == f"/opt/vaxtally/{folder}"
            assert (paths.ROOT / folder).is_dir()


def test_every_variable_is_explained_and_no_secret_is_in_the_file(services: dict[str, Any]) -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE.read_text()))
    explained = dict(
        line.split("=", 1) for line in (paths.ROOT / ".env.example").read_text().splitlines() if re.match("[A-Z]", line)
    )
    # What is in .env and not in the file reaches the tasks as it is: only settings may do so.
    assert used <= set(explained)
    assert set(explained) - used <= set(describe_settings())
    assert all(services[name]["env_file"] == ".env" for name in AIRFLOW)
    assert not [name for name, value in explained.items() if re.search("PASSWORD|SECRET|KEY", name) and value]


def test_only_known_settings_are_passed_on(services: dict[str, Any]) -> None:
    passed = {name for name in services["worker-1"]["environment"] if name.startswith("VAXTALLY_")}
    assert passed <= set(describe_settings())


def test_ports_are_published_on_loopback_unless_told(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published == ["${AIRFLOW_LISTEN:-127.0.0.1:8080}:8080"]


def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    lines = (paths.ROOT / "Dockerfile").read_text().splitlines()
    assert any("--require-hashes" in line and "requirements.lock" in line for line in lines)
    assert [line for line in lines if line.startswith("USER ")] == ["USER vaxtally"]
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert all((paths.ROOT / name).exists() for name in copied)
    ignored = (paths.ROOT / ".dockerignore").read_text().split()
    assert all(f"!{name}" in ignored for name in copied)
