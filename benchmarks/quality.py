"""How long the suite takes on 1,000,000 staged rows of which 2 % are bad.

    VAXTALLY_TEST_SERVER_URL=postgresql+psycopg://... .venv/bin/python benchmarks/quality.py --rows 1000000

The rows are made inside PostgreSQL, in a database of their own that is dropped again.
"""

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, text

from vaxtally import db, embedded_postgres, quality
from vaxtally.intake import staging
from vaxtally.quality import suites
from vaxtally.settings import Settings

SHARD = 1
ROWS_SQL = (Path(__file__).parent / "quality_rows.sql").read_text(encoding="utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--server-url", default=os.environ.get("VAXTALLY_TEST_SERVER_URL"))
    chosen = arguments.parse_args()
    with a_server(chosen.server_url) as server_url, scratch_database(server_url) as engine:
        with engine.begin() as connection:
            staging.create_shard(connection, "upload", SHARD)
            connection.execute(text(ROWS_SQL), {"rows": chosen.rows, "shard": SHARD})
            staging.index_shard(connection, "upload", SHARD, files=1)
        suites.load("upload").expectations(suites.load("upload").rules)  # imports Great Expectations
        stages = time_statements(engine)
        started = time.perf_counter()
        summary = quality.judge(engine, SHARD, "upload", Settings())
        took = time.perf_counter() - started
        for name, seconds in stages.items():
            print(f"{name:40} {seconds:6.2f} s")
        print(f"{'judge, all of it':40} {took:6.2f} s")
        started = time.perf_counter()
        with engine.connect() as connection:
            quality.mostly_rejected(connection, [SHARD], range(1, 501), Settings())
            lines, failing_rows = connection.execute(
                text("SELECT count(*), count(DISTINCT (upload_id, row_number)) FROM intake.staged_issue")
            ).one()
        print(f"{'mostly_rejected, 500 files at once':40} {time.perf_counter() - started:6.2f} s")
        rules = len(summary.failing)
        print(f"{summary.rows} rows, {failing_rows} with a remark, {lines} lines, {rules} rules failing")


def time_statements(engine: Engine) -> dict[str, float]:
    """Seconds by kind of statement, filled while the engine works."""
    stages: dict[str, float] = {}
    names = {
        "SELECT count(*) FILTER": "Great Expectations, all rules of a phase",
        "WITH line AS": "lines of the failing rows",
        "UPDATE intake.staged_row": "sift",
        "SELECT count(*)": "count",
    }

    @event.listens_for(engine, "before_cursor_execute")
    def before(connection, _cursor, *_rest) -> None:
        connection.info["started"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def after(connection, _cursor, statement: str, *_rest) -> None:
        for start, name in names.items():
            if statement.startswith(start):
                stages[name] = stages.get(name, 0.0) + time.perf_counter() - connection.info["started"]
                return

    return stages


@contextmanager
def a_server(named: str | None) -> Iterator[str]:
    """The URL of the server that is named, or else of an embedded one."""
    if named:
        yield named
        return
    with tempfile.TemporaryDirectory() as folder, embedded_postgres.serve(Path(folder)) as server:
        yield server.url("postgres")


@contextmanager
def scratch_database(server_url: str) -> Iterator[Engine]:
    """A migrated database of its own, dropped in the end."""
    name = f"benchmark_{uuid.uuid4().hex[:12]}"
    admin = db.make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = db.make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    try:
        db.migrate(engine)
        yield engine
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


if __name__ == "__main__":
    main()
