"""Fixtures of the tier that works on a real PostgreSQL."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .registry_world import World
    from .tally_town import Town


@pytest.fixture
def world(registry: "Engine") -> "World":
    """A fresh registry to which uploads can be applied."""
    from .registry_world import World

    return World(registry)


@pytest.fixture(scope="session")
def town_engine(server_url: str, _template: str) -> "Iterator[Engine]":
    """One migrated database for all towns: none of them commits."""
    from sqlalchemy import text

    from vaxtally import db

    name = f"town_{uuid.uuid4().hex[:12]}"
    admin = db.make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {_template}"))
    engine = db.make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def town(town_engine: "Engine") -> "Iterator[Town]":
    """An empty town; nothing of it is ever committed."""
    from .tally_town import Town

    with town_engine.connect() as connection:
        yield Town(connection)
        connection.rollback()
