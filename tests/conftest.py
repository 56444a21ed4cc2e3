"""Fixtures every tier may use. The tier of a test is the folder it is in; tests/unit gets no database."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from .registry_invariants import persons_without_number_ends

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .intake_desk import Desk

# In CI the same examples each time: its verdict is on the change. Elsewhere new ones, which is how bugs are found.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

TIERS = ("unit", "sql", "expectations", "dags", "e2e")


# Airflow makes its home when it is first imported: not in the tester's own folder.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="vaxtally-test-airflow-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        if tier not in TIERS:
            raise pytest.UsageError(f"{item.nodeid} lies in no tier; the tiers are {', '.join(TIERS)}")
        item.add_marker(tier)
        if tier == "unit" and {"server_url", "registry"} & set(getattr(item, "fixturenames", ())):
            raise pytest.UsageError(f"{item.nodeid} is a unit test and asks for a database; move it to tests/sql")


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server's `postgres` database; VAXTALLY_TEST_SERVER_URL, or an embedded one."""
    if url := os.environ.get("VAXTALLY_TEST_SERVER_URL"):
        yield url
        return
    from vaxtally import embedded_postgres

    home = tmp_path_factory.mktemp("server")
    with embedded_postgres.serve(home) as server:
        _forget_power_cuts(server.url("postgres"))
        yield server.url("postgres")
    embedded_postgres.remove(home)


def _forget_power_cuts(url: str) -> None:
    """Wait for no disk: what the tests kill is a process, and a killed server's pages are still the system's."""
    from sqlalchemy import text

    from vaxtally import db

    engine = db.make_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def _template(server_url: str) -> Iterator[str]:
    from sqlalchemy import text

    from vaxtally import db

    name = f"template_{uuid.uuid4().hex[:12]}"
    admin = db.make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = db.make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    db.migrate(engine)
    engine.dispose()
    yield name
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def _database(server_url: str, template: str) -> Iterator["Engine"]:
    from sqlalchemy import text

    from vaxtally import db

    name = f"registry_{uuid.uuid4().hex[:12]}"
    admin = db.make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = db.make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    try:
        yield engine
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def registry(server_url: str, _template: str) -> Iterator["Engine"]:
    """An engine on a fresh registry of its own: migrated, reference lists loaded, no unit, no person."""
    with _database(server_url, _template) as engine:
        yield engine


@pytest.fixture(scope="session")
def desk_engine(server_url: str, _template: str) -> Iterator["Engine"]:
    """One registry for all desks, cleared by each."""
    with _database(server_url, _template) as engine:
        yield engine


@pytest.fixture
def desk(desk_engine: "Engine", tmp_path: Path) -> Iterator["Desk"]:
    """An empty registry with an inbox, and three units on the list."""
    from .intake_desk import Desk

    desk = Desk(desk_engine, tmp_path)
    desk.clear()
    desk.list_units()
    yield desk
    assert persons_without_number_ends(desk_engine) == []
