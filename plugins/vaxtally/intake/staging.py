"""The shards of the staging tables: made, filled, read again after a crash, dropped."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vaxtally import binary_copy, db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

ROW_TABLE = {"upload": "staged_row", "report": "staged_report_row"}
# What most files have in every row.
_USUAL: dict[str, dict[str, Any]] = {
    "upload": {
        "action": "new",
        "birth_date_precision": "day",
        "national_id_repaired": False,
        "health_insurance_no_repaired": False,
        "phone_repaired": False,
        "province_is_city": True,
    },
    "report": {},
}
# Of 3,000 rows: enough for the size of a table that was filled at one go, and for the number of its files.
_STATISTICS_TARGET = 10


def draw_shard(connection: "Connection") -> int:
    """A number that no other shard has."""
    from sqlalchemy import text

    return int(connection.execute(text("SELECT nextval('intake.shard_seq')")).scalar_one())


def shard_defaults(kind: str, shard: int, files: Sequence[Any]) -> dict[str, Any]:
    """What columns of a shard of these files (`upload_id`, `unit_code`, `received_on`) have in all or most rows.

    Columns that are so throughout need not be sent. Nothing here comes from a row: the catalog is no place for it.
    """
    defaults: dict[str, Any] = {"shard": shard, **_USUAL[kind]}
    for column, name in (("upload_id", "upload_id"), ("sender_unit_code", "unit_code"), ("received_on", "received_on")):
        values = {getattr(file, name) for file in files}
        if len(values) == 1 and None not in values:
            [defaults[column]] = values
    if kind == "upload" and "sender_unit_code" in defaults:
        defaults["unit_code"] = defaults["sender_unit_code"]
    return defaults


def create_shard(
    connection: "Connection", kind: str, shard: int, defaults: Mapping[str, Any] = binary_copy.NO_DEFAULTS
) -> None:
    """Make the shard's empty partitions, with these defaults of the rows' columns.

    Those that a broken attempt left are dropped first.
    """
    drop_shard(connection, kind, shard)
    statements = [
        f"CREATE UNLOGGED TABLE intake.{table}_{int(shard)} PARTITION OF intake.{table} FOR VALUES IN ({int(shard)})"
        " WITH (autovacuum_enabled = false)"
        for table in (ROW_TABLE[kind], "staged_issue")
    ]
    db.run_script(connection, ";\n".join(statements))
    if defaults:
        db.set_defaults(connection, "intake", f"{ROW_TABLE[kind]}_{int(shard)}", defaults)


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
    sample = f"ALTER TABLE intake.{table} ALTER upload_id SET STATISTICS {_STATISTICS_TARGET}"
    db.run_script(connection, f"{index}{sample}; ANALYZE intake.{table} (upload_id)")
