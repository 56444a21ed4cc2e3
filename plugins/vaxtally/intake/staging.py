"""The shards of the staging tables: made, filled, read again after a crash, dropped."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

ROW_TABLE = {"upload": "staged_row", "report": "staged_report_row"}


def draw_shard(connection: "Connection") -> int:
    """A number that no other shard has."""
    from sqlalchemy import text

    return int(connection.execute(text("SELECT nextval('intake.shard_seq')")).scalar_one())


def create_shard(connection: "Connection", kind: str, shard: int) -> None:
    """Make the shard's empty partitions; those a broken attempt left are dropped first."""
    drop_shard(connection, kind, shard)
    statements = [
        f"CREATE UNLOGGED TABLE intake.{table}_{int(shard)} PARTITION OF intake.{table} FOR VALUES IN ({int(shard)})"
        " WITH (autovacuum_enabled = false)"
        for table in (ROW_TABLE[kind], "staged_issue")
    ]
    db.run_script(connection, ";\n".join(statements))


def drop_shard(connection: "Connection", kind: str, shard: int) -> None:
    """Drop the shard's partitions, if they are there."""
    tables = ", ".join(f"intake.{table}_{int(shard)}" for table in (ROW_TABLE[kind], "staged_issue"))
    db.run_script(connection, f"DROP TABLE IF EXISTS {tables}")


def drop_leftovers(connection: "Connection", kind: str) -> None:
    """Forget a kind's planned files and drop the shards that then have none. The files wait in the inbox.

    First the files, then the shards: in this order a run that is staging lets go of them.
    """
    db.run(connection, "intake/staged_file/forget", {"kind": kind})
    parent = {"parent": f"intake.{ROW_TABLE[kind]}"}
    for shard in db.run(connection, "intake/staged_row/select_shards", parent).scalars().all():
        drop_shard(connection, kind, shard)


def drop_applied(connection: "Connection", kind: str, shards: list[int]) -> None:
    """Drop a run's own shards, and forget the files of them that were not applied."""
    db.run(connection, "intake/staged_file/delete_shards", {"shards": shards})
    for shard in shards:
        drop_shard(connection, kind, shard)


@contextmanager
def kept_shard(engine: "Engine", shard: int) -> "Iterator[str | None]":
    """Keep a plan that would supersede this shard waiting; gives the shard's kind, None where it was superseded."""
    with engine.connect() as connection, connection.begin():
        yield next((row.kind for row in db.run(connection, "intake/staged_file/keep", {"shard": shard}).all()), None)


def index_shard(connection: "Connection", kind: str, shard: int, files: int) -> None:
    """Index a filled shard by file, where it holds rows of more than one, and tell the planner its size."""
    table = f"{ROW_TABLE[kind]}_{int(shard)}"
    index = f"CREATE INDEX ON intake.{table} (upload_id); " if files > 1 else ""
    db.run_script(connection, f"{index}ANALYZE intake.{table} (upload_id)")
