"""The shards of the staging tables: made, filled, read again after a crash, dropped."""

from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection

ROW_TABLE = {"upload": "staged_row", "report": "staged_report_row"}


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
    """Drop every shard of a kind and forget its planned files. The files themselves wait in the inbox."""
    from sqlalchemy import text

    parent = {"parent": f"intake.{ROW_TABLE[kind]}"}
    for shard in db.run(connection, "intake/staged_row/select_shards", parent).scalars().all():
        drop_shard(connection, kind, shard)
    connection.execute(text("DELETE FROM intake.staged_file WHERE kind = :kind"), {"kind": kind})


def index_shard(connection: "Connection", kind: str, shard: int) -> None:
    """Index a filled shard by file and tell the planner its size."""
    table = f"{ROW_TABLE[kind]}_{int(shard)}"
    db.run_script(connection, f"CREATE INDEX ON intake.{table} (upload_id); ANALYZE intake.{table} (upload_id)")
