"""`vaxtally check`: the answer to a file without loading it. Everything is applied, read back and rolled back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError
from vaxtally.intake import answer, apply, staging
from vaxtally.intake.discover import sha256_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.settings import Settings


def check_file(
    engine: "Engine", settings: "Settings", run_time: "RunTime", path: Path, unit_code: str, kind: str = "upload"
) -> answer.Answer:
    """Judge a file as if the unit had sent it now. Raises UsageError for a missing file."""
    from vaxtally.intake.stage import stage_and_judge

    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    with engine.begin() as connection:
        planned = _plan(connection, run_time, path.absolute(), unit_code, kind)
    try:
        # A run that plans meanwhile leaves it alone.
        with staging.kept_shard(engine, planned["shard"]):
            stage_and_judge(engine, settings, planned["shard"])
            return _answer(engine, settings, run_time, planned)
    finally:
        with engine.begin() as connection:
            staging.drop_shard(connection, kind, planned["shard"])
            db.run(connection, "intake/staged_file/delete", {"upload_ids": [planned["upload_id"]]})


def _plan(connection: "Connection", run_time: "RunTime", path: Path, unit_code: str, kind: str) -> dict[str, Any]:
    stat = path.stat()
    planned = {
        "kind": kind,
        "unit_code": unit_code,
        "file_name": path.name,
        "source_path": str(path),
        "modified_second": int(stat.st_mtime),
        "sha256": sha256_of(path),
        "size_bytes": stat.st_size,
        "received_on": run_time.as_of,
        "received_at": run_time.received_at,
    }
    drawn = db.run(connection, "intake/staged_file/plan_check", planned).mappings().one()
    if not drawn["known"]:
        raise UsageError(f"Unit {unit_code} is not on the list of units.")
    return {**planned, **drawn}


def _answer(engine: "Engine", settings: "Settings", run_time: "RunTime", planned: dict[str, Any]) -> answer.Answer:
    with engine.connect() as connection, connection.begin() as transaction:
        # Waits for a run that is applying, so that the answer is that of one moment.
        db.run_script(connection, f"SELECT pg_advisory_xact_lock({db.APPLY_LOCK})")
        apply.apply_files(connection, settings, run_time, planned["kind"], [planned["upload_id"]], [planned["shard"]])
        uploads = db.run(connection, "intake/upload/select_unfinished", {"with_outdated": False}).all()
        upload = next(row for row in uploads if row.upload_id == planned["upload_id"])
        found = answer.answer_of(connection, upload)
        transaction.rollback()
    return found
