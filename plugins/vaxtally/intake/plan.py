"""Plan a run: which files it takes in, in which order, packed into a few shards of even weight."""

import heapq
import json
import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import EarlierAsOfError
from vaxtally.intake import places, spool, staging
from vaxtally.intake.discover import WaitingFile, waiting_files
from vaxtally.intake.retention import release_expired
from vaxtally.intake.units import take_unit_list
from vaxtally.place import place_of
from vaxtally.reference import file_issue

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

# Below this a second shard costs more (a process, its imports, its suites) than it saves.
SHARD_MIN_BYTES = 16 * 1024 * 1024


def plan_files(engine: "Engine", settings: "Settings", run_time: "RunTime", kind: str) -> list[int]:
    """Note every waiting file of a kind in intake.staged_file; returns the shard numbers, none if nothing waits.

    A changed unit list is taken over first. What an earlier, broken run left in staging is dropped: its files still
    lie in the inbox and are planned again. Raises UsageError where no unit list was ever seen, and its EarlierAsOfError
    for an as-of before the last one while files wait; with such an as-of the unit list stays as it is, too.
    """
    # Waits for a run that is planning or applying: what that one staged would be dropped under its feet.
    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        with engine.begin() as connection:
            last = _last_as_of(connection)
        is_earlier = last is not None and run_time.as_of < last
        if not is_earlier:
            take_unit_list(engine, settings, run_time)
            # By the earlier of the two clocks: a mistyped day deletes no file early.
            release_expired(settings, min(run_time.as_of, run_time.processed_at.date()))
        with engine.begin() as connection:
            staging.drop_leftovers(connection, kind)
            spool.clear(settings, kind)
            files = _waiting(connection, settings, run_time, kind)
            if not files:
                return []
            if is_earlier:
                raise EarlierAsOfError(
                    f"Files were already taken in as of {last}; a run as of {run_time.as_of} may report,"
                    " but takes nothing in."
                )
            return _note(connection, settings, run_time, kind, files)


def _last_as_of(connection: "Connection") -> date | None:
    """The last day as of which something was taken in: a file, or a unit list."""
    return db.run(connection, "intake/upload/select_last_as_of").scalar()


def _waiting(
    connection: "Connection", settings: "Settings", run_time: "RunTime", kind: str
) -> list[tuple[WaitingFile, str]]:
    """The files to be taken in, in contract order, each with its SHA-256.

    Left out are those whose upload is committed and only not moved yet: finishing is theirs, not a second verdict.
    They are asked for first: a file that another run finishes meanwhile is either known, or gone.
    """
    committed = {
        (row.source_path, row.sha256)
        for row in db.run(connection, "intake/upload/select_unfinished", {"with_outdated": False})
    }
    files = waiting_files(settings.inbox, kind, settings.rest_seconds, run_time.processed_at)
    waiting = []
    hashes = spool.hashes(settings, kind, [place_of(file.path) for file in files])
    for file, sha256 in zip(files, hashes, strict=True):
        if isinstance(sha256, OSError):
            # It was taken away, or may not be read, and harms no other. Its name may be a patient's.
            log.error("a file of %s cannot be read and is left alone: %s", file.unit_code, type(sha256).__name__)
        elif (file.path, sha256) not in committed:
            waiting.append((file, sha256))
    return waiting


def _note(
    connection: "Connection",
    settings: "Settings",
    run_time: "RunTime",
    kind: str,
    waiting: list[tuple[WaitingFile, str]],
) -> list[int]:
    languages = _unit_languages(connection)
    files, hashes = [file for file, _ in waiting], [sha256 for _, sha256 in waiting]
    first = _taken_in(connection, kind, hashes)
    upload_ids = _draw(connection, "intake.upload_id_seq", len(files))
    shard_of, shards = _pack(connection, settings, files)
    rows = []
    for file, sha256, upload_id, shard in zip(files, hashes, upload_ids, shard_of, strict=True):
        repeats = first.get((file.unit_code or "", sha256))
        unknown = file.unit_code is not None and file.unit_code not in languages
        language = languages.get(file.unit_code or "", "vi")
        issues = [file_issue("file.unit_unknown", language, {"unit_code": file.unit_code})] if unknown else []
        rows.append(
            {
                "upload_id": upload_id,
                "shard": shard,
                "kind": kind,
                "unit_code": file.unit_code,
                "file_name": file.name,
                "source_path": file.path,
                "kept_path": places.kept_path(run_time.as_of, file.unit_code, upload_id, file.name),
                "modified_at": file.modified_at,
                "sha256": sha256,
                "size_bytes": file.size_bytes,
                "language": language,
                "received_on": run_time.as_of,
                "received_at": run_time.received_at,
                "state": "refused" if unknown else "repeated" if repeats else "planned",
                "repeats_upload_id": None if unknown else repeats,
                "file_issues": json.dumps(issues),
            }
        )
    from sqlalchemy import text

    connection.execute(text(db.statement("intake/staged_file/plan")), rows)
    return shards


def _unit_languages(connection: "Connection") -> dict[str, str]:
    from sqlalchemy import text

    return {
        row.unit_code: row.language
        for row in connection.execute(text("SELECT unit_code, language FROM reference.unit"))
    }


def _taken_in(connection: "Connection", kind: str, hashes: list[str]) -> dict[tuple[str, str], int]:
    found = db.run(connection, "intake/upload/select_taken_in", {"kind": kind, "sha256": hashes})
    return {(row.unit_code, row.sha256): row.upload_id for row in found}


def _draw(connection: "Connection", sequence: str, count: int) -> list[int]:
    from sqlalchemy import text

    drawn: Any = connection.execute(
        text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)"),
        {"sequence": sequence, "count": count},
    ).scalars()
    return sorted(drawn)


def _pack(connection: "Connection", settings: "Settings", files: list[WaitingFile]) -> tuple[list[int], list[int]]:
    """The shard of each file, and the shards: the largest file goes first, each to the lightest shard."""
    total = sum(file.size_bytes for file in files)
    count = max(1, min(settings.shards, len(files), total // SHARD_MIN_BYTES))
    shards = _draw(connection, "intake.shard_seq", count)
    loads = [(0, shard) for shard in shards]
    shard_of = [0] * len(files)
    for position in sorted(range(len(files)), key=lambda index: -files[index].size_bytes):
        load, shard = heapq.heappop(loads)
        shard_of[position] = shard
        heapq.heappush(loads, (load + files[position].size_bytes, shard))
    return shard_of, shards
