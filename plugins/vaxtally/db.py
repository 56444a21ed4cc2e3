"""The registry's database: engine, transactions, statements from include/sql, migrations, COPY."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, LiteralString, cast

from vaxtally import binary_copy, paths
from vaxtally.errors import DatabaseUnreachableError, SettingsError

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa
    from sqlalchemy import URL, Connection, CursorResult, Engine, ExceptionContext

    from vaxtally.settings import Settings

# Arbitrary, but the same in every process: applying to the registry is one at a time, migrating too.
APPLY_LOCK = 0x7661_7801
MIGRATE_LOCK = 0x7661_7802
FINISH_LOCK = 0x7661_7803
OLDEST_SERVER = 150000
REGISTRY_DATABASE = "vaxtally"


# A batch of 150,000 rows works in temporary tables of some 200 MB; with the default of 8 MB they go to disk and back.
_BATCH_MEMORY = "-c temp_buffers=256MB -c work_mem=64MB"


def make_engine(url: str, statement_timeout_seconds: float | None = None) -> "Engine":
    """An engine on `url` (psycopg 3). Sessions run in UTC; a statement longer than the timeout is cancelled.

    Raises SettingsError where the URL is no PostgreSQL's.
    """
    from sqlalchemy import create_engine, event

    target = _postgresql_url(url)
    options = f"-c timezone=UTC -c application_name=vaxtally {_BATCH_MEMORY}"
    if statement_timeout_seconds:
        options += f" -c statement_timeout={int(statement_timeout_seconds * 1000)}"
    engine = create_engine(
        target,
        connect_args={"options": options, "connect_timeout": 10},
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _hide_values)
    return engine


def _postgresql_url(url: str) -> "URL":
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        target = make_url(url)
        if target.get_backend_name() not in ("postgresql", "postgres"):
            raise ValueError(target.drivername)
    except (ArgumentError, ValueError) as error:
        # Without the URL: it may hold a password.
        raise SettingsError(
            "VAXTALLY_REGISTRY_URL is no URL of a PostgreSQL, such as postgresql://user@host:5432/vaxtally."
        ) from error
    return target.set(drivername="postgresql+psycopg")


# Classes of SQLSTATE whose messages speak of statements and servers, not of data.
_HARMLESS_SQLSTATES = ("08", "25", "40", "42", "53", "55", "57")


def describe_error(error: "psycopg.Error") -> str:
    """What went wrong without any value: a server's message may quote a patient's row."""
    parts = [type(error).__name__, error.sqlstate or "no SQLSTATE"]
    if not error.sqlstate or error.sqlstate.startswith(_HARMLESS_SQLSTATES):
        parts.append(error.diag.message_primary or str(error))
    parts += [f"{name} {value}" for name in ("table", "column", "constraint") if (value := _diagnosed(error, name))]
    return ", ".join(parts)


def _diagnosed(error: "psycopg.Error", name: str) -> str | None:
    return getattr(error.diag, f"{name}_name")


def _hide_values(context: "ExceptionContext") -> None:
    import psycopg

    original = context.original_exception
    if isinstance(original, psycopg.Error):
        original.args = (describe_error(original),)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = original.args


@contextmanager
def _raw_cursor(connection: "Connection") -> Iterator["psycopg.Cursor"]:
    """The driver's own cursor, for what SQLAlchemy has no words for. Its errors quote no values either."""
    import psycopg

    try:
        with cast("psycopg.Cursor", connection.connection.cursor()) as cursor:
            yield cursor
    except psycopg.Error as error:
        error.args = (describe_error(error),)
        raise


@cache
def statement(name: str) -> str:
    """The text of `include/sql/<name>.sql`, for example `registry/dose/insert`."""
    return (paths.SQL / f"{name}.sql").read_text(encoding="utf-8")


def run(connection: "Connection", name: str, parameters: Mapping[str, Any] | None = None) -> "CursorResult":
    """Execute `include/sql/<name>.sql` (one statement, binds as `:name`)."""
    from sqlalchemy import text

    return connection.execute(text(statement(name)), parameters or {})


def run_script(connection: "Connection", sql: str) -> None:
    """Execute several statements without binds in one round trip."""
    with _raw_cursor(connection) as cursor:
        cursor.execute(cast("LiteralString", sql))


def copy_batches(connection: "Connection", table: str, batches: Iterable[binary_copy.Batch]) -> None:
    """COPY rows into `schema.table`, made ready by binary_copy.batches_of."""
    with _raw_cursor(connection) as cursor:
        for batch in batches:
            columns = ", ".join(f'"{name}"' for name in batch.columns)
            command = cast("LiteralString", f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)")
            with cursor.copy(command) as copy:
                copy.write(binary_copy.HEADER)
                copy.write(memoryview(batch.rows))
                copy.write(binary_copy.TRAILER)


def set_defaults(connection: "Connection", schema: str, table: str, defaults: Mapping[str, Any]) -> None:
    """Give columns of a table these defaults."""
    from psycopg import sql

    actions = [
        sql.SQL("ALTER COLUMN {} SET DEFAULT {}").format(sql.Identifier(column), sql.Literal(value))
        for column, value in defaults.items()
    ]
    with _raw_cursor(connection) as cursor:
        cursor.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(schema, table), sql.SQL(", ").join(actions)))


def read_arrow(connection: "Connection", name: str, parameters: Mapping[str, Any], types: "pa.Schema") -> "pa.Table":
    """The rows of `include/sql/<name>.sql` as an Arrow table, without a Python object for each cell."""
    from pyarrow import csv
    from sqlalchemy import text

    query = str(text(statement(name)).compile(dialect=connection.dialect))
    with _raw_cursor(connection) as cursor:
        command = cast("LiteralString", f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)")
        with cursor.copy(command, parameters) as copy:
            content = b"".join(copy)
    # In one block: a quoted line break may stand anywhere. What is empty without quotes is null.
    reading = csv.ReadOptions(block_size=len(content) + 1)
    converting = csv.ConvertOptions(
        column_types=types,
        include_columns=types.names,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return csv.read_csv(_as_source(content), reading, csv.ParseOptions(newlines_in_values=True), converting)


def _as_source(content: bytes) -> Any:
    import pyarrow as pa

    return pa.BufferReader(content)


@contextmanager
def advisory_lock(connection: "Connection", key: int) -> Iterator[None]:
    """Hold a session-wide advisory lock, waiting for it if need be."""
    from sqlalchemy import text

    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
        connection.commit()


def check_reachable(engine: "Engine") -> None:
    """Raise DatabaseUnreachableError unless a new enough server answers."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with engine.connect() as connection:
            version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    except (SQLAlchemyError, OSError) as error:
        where = f"{engine.url.host or 'local socket'}:{engine.url.port or 5432}/{engine.url.database}"
        raise DatabaseUnreachableError(
            f"The database at {where} does not answer; nothing was changed."
            " Check that it runs, and VAXTALLY_REGISTRY_URL."
        ) from error
    if version < OLDEST_SERVER:
        raise DatabaseUnreachableError(f"The database is PostgreSQL {version // 10000}; 15 or later is needed.")


# Connections that broke, and servers that shut down or start up.
_LOST_SQLSTATES = ("08", "57P")


def is_server_lost(error: BaseException) -> bool:
    """Whether an error of SQLAlchemy or the driver means that the server is gone, and not what it was asked."""
    import psycopg

    original = getattr(error, "orig", None) or error
    if not isinstance(original, psycopg.OperationalError):
        return False
    return original.sqlstate is None or original.sqlstate.startswith(_LOST_SQLSTATES)


@contextmanager
def lost_server_as_error() -> Iterator[None]:
    """Turn the loss of the server in the middle of the work into DatabaseUnreachableError."""
    import psycopg
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        if not is_server_lost(error):
            raise
        raise DatabaseUnreachableError(
            "The database went away in the middle of the work. What was committed stays;"
            " the next run takes in the rest and finishes what was begun."
        ) from error


def migrate(engine: "Engine") -> None:
    """Bring the schema to the newest version and the reference lists to the project's. Safe to repeat."""
    from alembic import command
    from alembic.config import Config

    from vaxtally import reference

    config = Config()
    config.set_main_option("script_location", str(paths.ALEMBIC))
    with engine.connect() as connection, advisory_lock(connection, MIGRATE_LOCK):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        with connection.begin():
            reference.load_lists(connection)


@contextmanager
def open_registry(settings: "Settings", statement_timeout_seconds: float | None = None) -> Iterator["Engine"]:
    """The migrated registry of the settings: their server by URL, or the embedded one, started if need be.

    Raises DatabaseUnreachableError before anything is changed.
    """
    with _registry_url(settings) as url:
        engine = make_engine(url, statement_timeout_seconds)
        try:
            check_reachable(engine)
            with lost_server_as_error():
                migrate(engine)
                yield engine
        finally:
            engine.dispose()


@contextmanager
def _registry_url(settings: "Settings") -> Iterator[str]:
    from vaxtally import embedded_postgres

    if settings.registry_url:
        yield settings.registry_url
        return
    with embedded_postgres.serve(settings.home) as server:
        server.ensure_database(REGISTRY_DATABASE)
        yield server.url(REGISTRY_DATABASE)
