"""Fixtures of the tier that works on a real PostgreSQL."""

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


@pytest.fixture
def town(registry: "Engine") -> "Iterator[Town]":
    """A town on a fresh registry; nothing of it is committed."""
    from .tally_town import Town

    with registry.connect() as connection:
        yield Town(connection)
        connection.rollback()
