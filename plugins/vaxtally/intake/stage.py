"""Read a shard's files into staging and have the suites judge their rows."""

import json
import logging
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import staging
from vaxtally.intake.discover import sha256_of
from vaxtally.reference import file_issue

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection, Engine

    from vaxtally.intake.read import FileRefusedError, SourceFile
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShardSummary:
    """What one shard came to: files read, refused and empty, rows staged, failing rows by rule."""

    files: int
    refused: int
    rows: int
    failing: dict[str, int]


@dataclass(frozen=True)
class _Lists:
    """What cells are looked up in: each unit's own and lower units."""

    units_below: dict[str, frozenset[str]]


def stage_and_judge(engine: "Engine", settings: "Settings", shard: int) -> ShardSummary:
    """Read, stage and judge every planned file of a shard. Run again, it starts the shard afresh.

    A shard that a later plan has superseded is left alone. Each file is its own transaction.
    """
    with staging.kept_shard(engine, shard) as kind:
        return _stage_and_judge(engine, settings, shard, kind) if kind else ShardSummary(0, 0, 0, {})


def _stage_and_judge(engine: "Engine", settings: "Settings", shard: int, kind: str) -> ShardSummary:
    from vaxtally import quality
    from vaxtally.intake.unit_list import units_below

    with engine.begin() as connection:
        files = db.run(connection, "intake/staged_file/select_planned", {"shard": shard}).all()
        lists = _Lists(units_below(connection))
        staging.create_shard(connection, kind, shard)
    staged = [_stage_file(engine, lists, shard, file) for file in files]
    rows = sum(staged)
    failing: dict[str, int] = {}
    if rows:
        with engine.begin() as connection:
            staging.index_shard(connection, kind, shard)
        failing = quality.judge(engine, shard, kind, settings).failing
    log.info("shard %d: %d files, %d rows staged", shard, len(files), rows)
    return ShardSummary(len(files), sum(count == 0 for count in staged), rows, failing)


def _stage_file(engine: "Engine", lists: _Lists, shard: int, file: Any) -> int:
    """Stage one file; returns its rows, 0 where it is refused, empty, or not there any more as it was planned."""
    import psycopg

    from vaxtally.intake.read import FileRefusedError

    found = _read(lists, file)
    if not _is_as_planned(file):
        log.error("upload %d: the file was changed or taken away; the next run sees what lies there", file.upload_id)
        return 0
    try:
        return _keep(engine, shard, file, found)
    except psycopg.DataError as error:
        # A value of ours that its column does not hold: as good as a reader that stumbles.
        log.error("upload %d: %s", file.upload_id, error)
        return _keep(engine, shard, file, FileRefusedError("file.unreadable"))


def _keep(engine: "Engine", shard: int, file: Any, found: "tuple[SourceFile, pa.Table] | FileRefusedError") -> int:
    """Note what reading a file came to and copy its rows; returns their number."""
    with engine.begin() as connection:
        if not isinstance(found, tuple):
            issue = file_issue(found.rule, file.language, found.values)
            _note(connection, file.upload_id, "refused", [], [issue], 0)
            return 0
        source, rows = found
        header = [{"name": column.name, "field": column.field} for column in source.header]
        if rows.num_rows == 0:
            _note(connection, file.upload_id, "empty", header, [file_issue("file.empty", file.language, {})], 0)
            return 0
        _copy(connection, rows, file, shard)
        _note(connection, file.upload_id, "read", header, [], rows.num_rows)
        return rows.num_rows


def _read(lists: _Lists, file: Any) -> "tuple[SourceFile, pa.Table] | FileRefusedError":
    """The file and its rows in canonical form. A file that our reader stumbles over is refused, and harms no other."""
    from vaxtally.intake.read import FileRefusedError, read_file

    try:
        source = read_file(Path(file.source_path), file.kind)
        return source, _canonical(source, lists, file) if source.rows else source.table
    except FileRefusedError as refusal:
        return refusal
    except Exception as error:
        # Where, not what: the message of an unforeseen error may quote a cell.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("upload %d: %s at %s:%s", file.upload_id, type(error).__name__, place.filename, place.lineno)
        return FileRefusedError("file.unreadable", {})


def _is_as_planned(file: Any) -> bool:
    """Whether the bytes that were read are those that were planned: a verdict is on these."""
    try:
        return sha256_of(Path(file.source_path)) == file.sha256
    except OSError:
        return False


def _canonical(source: "SourceFile", lists: _Lists, file: Any) -> "pa.Table":
    from vaxtally.intake.canonical import canonicalise_report, canonicalise_upload

    if file.kind == "upload":
        below = lists.units_below.get(file.unit_code, frozenset({file.unit_code}))
        return canonicalise_upload(source, file.unit_code, below, file.received_on)
    return canonicalise_report(source, file.unit_code, frozenset(lists.units_below), file.received_on)


def _copy(connection: "Connection", rows: "pa.Table", file: Any, shard: int) -> None:
    import pyarrow as pa

    # Straight into the partition: no routing, and one shard never waits for another.
    rows = rows.append_column("shard", pa.repeat(pa.scalar(shard, pa.int32()), rows.num_rows))
    rows = rows.append_column("upload_id", pa.repeat(pa.scalar(file.upload_id, pa.int64()), rows.num_rows))
    db.copy_arrow(connection, f"intake.{staging.ROW_TABLE[file.kind]}_{int(shard)}", rows)


def _note(
    connection: "Connection", upload_id: int, state: str, header: list[dict], issues: list[dict], rows_total: int
) -> None:
    db.run(
        connection,
        "intake/staged_file/update_state",
        {
            "upload_id": upload_id,
            "state": state,
            "header": json.dumps(header, ensure_ascii=False),
            "file_issues": json.dumps(issues, ensure_ascii=False),
            "rows_total": rows_total,
        },
    )
