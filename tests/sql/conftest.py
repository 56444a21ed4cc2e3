"""Fixtures of the tier that works on a real PostgreSQL."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ..registry_invariants import persons_without_number_ends

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .registry_world import World
    from .tally_town import Town


@contextmanager
def _migrated_database(server_url: str, template: str, prefix: str) -> "Iterator[Engine]":
    from sqlalchemy import text

    from vaxtally import db

    name = f"{prefix}_{uuid.uuid4().hex[:12]}"
    admin = db.make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = db.make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def world_engine(server_url: str, _template: str) -> "Iterator[Engine]":
    """One migrated database for all worlds: each forgets what the last one left behind."""
    with _migrated_database(server_url, _template, "world") as engine:
        yield engine


@pytest.fixture
def world(world_engine: "Engine") -> "Iterator[World]":
    """A registry without persons, doses or uploads, to which uploads can be applied."""
    from .registry_world import World

    world = World(world_engine)
    world.forget()
    yield world
    assert persons_without_number_ends(world_engine) == []


@pytest.fixture(scope="session")
def town_engine(server_url: str, _template: str) -> "Iterator[Engine]":
    """One migrated database for all towns: none of them commits."""
    with _migrated_database(server_url, _template, "town") as engine:
        yield engine


@pytest.fixture
def town(town_engine: "Engine") -> "Iterator[Town]":
    """An empty town; nothing of it is ever committed."""
    from .tally_town import Town

    with town_engine.connect() as connection:
        yield Town(connection)
        connection.rollback()
