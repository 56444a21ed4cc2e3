"""A real PostgreSQL for one home folder, from a wheel: no installed database, no Docker, no root.

    with serve(home) as server:
        engine = make_engine(server.ensure_database("vaxtally"))

Any number of processes may serve the same home at once: they share one server. It stops with the last of them,
also when they are killed. Under the home's `postgres/` folder:

    lease       every user holds it shared (flock); whoever gets it exclusively knows that nobody is left
    starting    held while looking for the server or starting it
    keeper      held, with its process id in it, by the keeper as long as that lives (see keeper.py)
    port, password, place, server.log, data/
"""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import lock
from vaxtally.embedded_postgres.errors import EmbeddedPostgresError
from vaxtally.embedded_postgres.place import Place, find_place, remove_place
from vaxtally.loopback import HOST

if TYPE_CHECKING:
    import psycopg

__all__ = ["EmbeddedPostgresError", "Server", "remove", "serve"]

USER = "vaxtally"
START_SECONDS = 90  # initdb, crash recovery and the end of a killed predecessor included


@dataclass(frozen=True)
class Server:
    """A running server. `password` is kept in the home with mode 0600."""

    port: int
    password: str

    def url(self, database: str) -> str:
        """SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def ensure_database(self, name: str) -> str:
        """Create the database unless it exists; returns its URL."""
        from psycopg import errors, sql

        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def answers(self) -> bool:
        """Whether it lets us in. SCRAM proves both ways: a stranger on the port would not know the password."""
        import psycopg

        try:
            self._connect().close()
        except psycopg.Error:
            return False
        return True

    def _connect(self) -> "psycopg.Connection":
        import psycopg

        return psycopg.connect(
            host=HOST, port=self.port, user=USER, password=self.password, dbname="postgres",
            autocommit=True, connect_timeout=10,
        )  # fmt: skip


@contextmanager
def serve(home: Path) -> Iterator[Server]:
    """The home's server, started where it does not run yet. Raises EmbeddedPostgresError."""
    place = find_place(home)
    with lock.open_lock(place.lease) as lease:
        lock.share(lease)
        try:
            with lock.open_lock(place.starting) as starting:
                lock.hold(starting)
                server = _running(place) or _start(place)
            yield server
        finally:
            _leave(place, lease)


def remove(home: Path) -> None:
    """Delete the home's database, wherever it lies. Raises EmbeddedPostgresError while somebody uses it."""
    if not (home / "postgres").exists():
        return
    place = find_place(home)
    with lock.open_lock(place.lease) as lease:
        if not lock.try_hold(lease):
            raise EmbeddedPostgresError(f"The database under {home} is in use; stop what uses it first.")
        remove_place(place)
        shutil.rmtree(place.folder)


def _running(place: Place) -> Server | None:
    """The server that an earlier process started, if it is truly alive and ours."""
    if lock.is_free(place.keeper):
        return None
    try:
        server = Server(int(place.port.read_text()), place.password.read_text())
    except (OSError, ValueError):
        return None
    return server if server.answers() else None


def _start(place: Place) -> Server:
    password = _password(place)
    command = [sys.executable, "-P", "-m", "vaxtally.embedded_postgres.keeper", str(place.home)]
    try:
        keeper = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, cwd="/", check=False)
    except subprocess.TimeoutExpired as error:
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL did not start within {START_SECONDS} s; see {place.log}."
        ) from error
    if keeper.stdout.strip() != "ready":
        reason = (keeper.stdout + keeper.stderr).strip().splitlines() or ["no reason given"]
        raise EmbeddedPostgresError(f"The embedded PostgreSQL did not start: {reason[-1]} See {place.log}.")
    return Server(int(place.port.read_text()), password)


def _password(place: Place) -> str:
    """The superuser's password; made before the cluster is, and lost only together with it."""
    if not place.password.exists():
        lock.write_private(place.password, secrets.token_hex(24))
    return place.password.read_text()


def _leave(place: Place, lease: int) -> None:
    """Give the lease back; the last user stops the server and sees it stopped."""
    if lock.try_hold(lease):
        lock.end_holder(place.keeper)
    else:
        # Others use it (then this returns at once), or the keeper saw us leave first (then it ends the server now).
        lock.share(lease)
    lock.release(lease)
