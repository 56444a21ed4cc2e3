"""Read a shard's files into staging and have the suites judge their rows."""

import json
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from vaxtally import binary_copy, db
from vaxtally.intake import staging
from vaxtally.intake.read_ahead import Lists, Step, ahead, read_steps
from vaxtally.reference import file_issue

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection, Engine

    from vaxtally.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShardSummary:
    """What one shard came to: files read, refused and empty, rows staged, failing rows by rule."""

    files: int
    refused: int
    rows: int
    failing: dict[str, int]


def stage_and_judge(engine: "Engine", settings: "Settings", shard: int) -> ShardSummary:
    """Read, stage and judge every planned file of a shard. Run again, it starts the shard afresh.

    A shard that a later plan has superseded is left alone. Each file is its own transaction.
    """
    with staging.kept_shard(engine, shard) as kind:
        return _stage_and_judge(engine, settings, shard, kind) if kind else ShardSummary(0, 0, 0, {})


def _stage_and_judge(engine: "Engine", settings: "Settings", shard: int, kind: str) -> ShardSummary:
    from vaxtally import quality

    staged = stage_shard(engine, settings, shard, kind)
    rows = sum(staged)
    failing = quality.judge(engine, shard, kind, settings).failing if rows else {}
    log.info("shard %d: %d files, %d rows staged", shard, len(staged), rows)
    return ShardSummary(len(staged), sum(count == 0 for count in staged), rows, failing)


def stage_shard(engine: "Engine", settings: "Settings", shard: int, kind: str) -> list[int]:
    """Read and stage every planned file of a shard; the rows of each, 0 where it is refused or empty."""
    from vaxtally.intake.memory import keep_freed_memory
    from vaxtally.intake.unit_list import units_below

    keep_freed_memory()
    with engine.begin() as connection:
        files = db.run(connection, "intake/staged_file/select_planned", {"shard": shard}).all()
        lists = Lists(units_below(connection))
        defaults = staging.shard_defaults(kind, shard, files)
        staging.create_shard(connection, kind, shard, defaults)
    staged = list(_stage_files(engine, shard, defaults, read_steps(settings, lists, files)))
    if any(staged):
        with engine.begin() as connection:
            staging.index_shard(connection, kind, shard, sum(map(bool, staged)))
    return staged


def _stage_files(
    engine: "Engine", shard: int, defaults: Mapping[str, Any], read: "Generator[Step, None, None]"
) -> Iterator[int]:
    """Stage one file after the other; the rows of each, 0 where it is refused, empty or not there as it was planned."""
    with closing(ahead(_encoded(ahead(read), shard, defaults))) as parts:
        for _, of_file in groupby(parts, key=lambda part: part.file.upload_id):
            yield _stage_file(engine, shard, of_file)


@dataclass(frozen=True)
class _Part:
    """Rows of a file, ready to be sent; or, at its end, what reading it came to."""

    file: Any
    batches: Sequence[binary_copy.Batch] = ()
    rows: int = 0
    end: Step | None = None


def _encoded(read: Iterable[Step], shard: int, defaults: Mapping[str, Any]) -> "Generator[_Part, None, None]":
    for step in read:
        if step.rows is None:
            yield _Part(step.file, end=step)
        else:
            yield _Part(step.file, encoded_rows(step.rows, step.file, shard, defaults), step.rows.num_rows)


def _stage_file(engine: "Engine", shard: int, parts: Iterator[_Part]) -> int:
    """Copy a file's rows and note what reading it came to, in one transaction; a refused file leaves no row."""
    import psycopg

    from vaxtally.intake.read import FileRefusedError

    first = next(parts)
    file = first.file
    try:
        with engine.begin() as connection:
            return _keep(connection, shard, chain([first], parts))
    except _ChangedError:
        log.error("upload %d: the file was changed or taken away; the next run sees what lies there", file.upload_id)
        return 0
    except FileRefusedError as error:
        refusal = error
    except psycopg.DataError as error:
        # A value of ours that its column does not hold: as good as a reader that stumbles.
        log.error("upload %d: %s", file.upload_id, error)
        refusal = FileRefusedError("file.unreadable")
    with engine.begin() as connection:
        issue = file_issue(refusal.rule, file.language, refusal.values)
        _note(connection, file.upload_id, "refused", [], [issue], 0)
    return 0


class _ChangedError(Exception):
    """The bytes read are not those that were planned."""


def _keep(connection: "Connection", shard: int, parts: Iterable[_Part]) -> int:
    """Copy rows until the file's end, and note it. Raises what undoes the copying: FileRefusedError, _ChangedError."""
    rows = 0
    for part in parts:
        if not part.end:
            copy_rows(connection, part.batches, part.file, shard)
            rows += part.rows
            continue
        if not part.end.is_as_planned:
            raise _ChangedError
        if part.end.refusal:
            raise part.end.refusal
        header = [{"name": column.name, "field": column.field} for column in part.end.header]
        empty = [] if rows else [file_issue("file.empty", part.file.language, {})]
        state = "read" if rows else "empty"
        _note(connection, part.file.upload_id, state, header, empty, rows, part.end.dates_from_1904)
    return rows


def encoded_rows(
    rows: "pa.Table", file: Any, shard: int, defaults: Mapping[str, Any] = binary_copy.NO_DEFAULTS
) -> "list[binary_copy.Batch]":
    """Canonical rows of a file (`upload_id`) as COPY takes them into a shard made with these defaults."""
    import pyarrow as pa

    rows = rows.append_column("shard", pa.repeat(pa.scalar(shard, pa.int32()), rows.num_rows))
    rows = rows.append_column("upload_id", pa.repeat(pa.scalar(file.upload_id, pa.int64()), rows.num_rows))
    return binary_copy.batches_of(rows, defaults)


def copy_rows(connection: "Connection", batches: "Sequence[binary_copy.Batch]", file: Any, shard: int) -> None:
    """COPY encoded rows of a file (`kind`) into a shard."""
    # Straight into the partition: no routing, and one shard never waits for another.
    db.copy_batches(connection, f"intake.{staging.ROW_TABLE[file.kind]}_{int(shard)}", batches)


def _note(
    connection: "Connection",
    upload_id: int,
    state: str,
    header: list[dict],
    issues: list[dict],
    rows_total: int,
    dates_from_1904: bool = False,
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
            "dates_from_1904": dates_from_1904,
        },
    )
