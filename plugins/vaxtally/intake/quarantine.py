"""Refused files that wait: which they are, put back to be judged afresh, or not waited for any more.

A file is put back by copying: the one in quarantine stays as it is until its retention ends, and a retry that is killed
can be started again.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError, reason_of
from vaxtally.intake import places, spool
from vaxtally.intake.discover import DEPARTMENT_FOLDER, KIND_OF_FOLDER, sha256_of
from vaxtally.place import Place, place_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.clock import RunTime
    from vaxtally.settings import Settings

FOLDER_OF_KIND = {kind: folder for folder, kind in KIND_OF_FOLDER.items()}
IN_THE_WAY = "another file of its name waits in the inbox"


@dataclass(frozen=True, kw_only=True)
class WaitingUpload:
    """A refused file; its name may be a patient's. `messages`: in the unit's language, one for each of `rules`.

    `retried_on`: the day it was put back, where no run has taken it in yet. `rules_version`: what it was judged by.
    """

    upload_id: int
    unit_code: str | None
    kind: str
    received_on: date
    age_days: int
    rules: tuple[str, ...]
    messages: tuple[str, ...]
    rows_total: int
    rules_version: str | None
    retried_on: date | None
    is_discarded: bool
    file_name: str
    archive_path: str
    sha256: str
    modified_at: datetime


@dataclass(frozen=True)
class Chosen:
    """Which refused files a decision is about: those of `upload_ids`, those of a rule, or (neither) all."""

    upload_ids: tuple[int, ...] = ()
    rule: str | None = None


@dataclass(frozen=True)
class PutBack:
    """What a retry came to for one file: `problem` says why it was left where it is."""

    upload_id: int
    problem: str | None = None


def waiting_uploads(engine: "Engine", as_of: date, unit_code: str | None = None) -> list[WaitingUpload]:
    """The refused files that nothing has replaced, corrected or discarded by the end of that day, the oldest first."""
    return [file for file in _open_uploads(engine, as_of, unit_code) if not file.is_discarded]


def retry(
    engine: "Engine", settings: "Settings", run_time: "RunTime", chosen: Chosen, decided_by: str
) -> list[PutBack]:
    """Put refused files back into their senders' drop folders, under their own names; the next run judges them afresh.

    Never over another file there. Raises UsageError for an id that is none of a waiting file.
    """
    return [_retry(engine, settings, run_time, file, decided_by) for file in _choose(engine, run_time, chosen)]


def discard(engine: "Engine", run_time: "RunTime", chosen: Chosen, reason: str, decided_by: str) -> list[int]:
    """Wait no longer for refused files; returns their ids. Raises UsageError as `retry`, and where no reason is given.

    They stand in no list and no mail any more, and stay in quarantine until their retention ends.
    """
    if not reason.strip():
        raise UsageError("Say why it is discarded: --reason TEXT.")
    files = _choose(engine, run_time, chosen)
    with engine.begin() as connection:
        for file in files:
            _decide(connection, run_time, file.upload_id, "discarded", reason.strip(), decided_by)
    return [file.upload_id for file in files]


def _open_uploads(engine: "Engine", as_of: date, unit_code: str | None = None) -> list[WaitingUpload]:
    with engine.connect() as connection:
        bind = {"as_of": as_of, "unit_code": unit_code}
        return [_waiting(row) for row in db.run(connection, "intake/quarantine_decision/select_open", bind)]


def _waiting(row: Any) -> WaitingUpload:
    values: dict[str, Any] = dict(row._mapping)
    for name in ("rules", "messages"):
        values[name] = tuple(values[name])
    return WaitingUpload(**values)


def _choose(engine: "Engine", run_time: "RunTime", chosen: Chosen) -> list[WaitingUpload]:
    waiting = _open_uploads(engine, run_time.as_of)
    if not chosen.upload_ids:
        waiting = [file for file in waiting if not file.is_discarded]
        return [file for file in waiting if chosen.rule is None or chosen.rule in file.rules]
    # By its id, also one that was discarded: a person may think better of it.
    if missing := sorted(set(chosen.upload_ids) - {file.upload_id for file in waiting}):
        listed = ", ".join(map(str, missing))
        raise UsageError(f"No refused file waits as upload {listed}; `vaxtally quarantine list` shows those that do.")
    return [file for file in waiting if file.upload_id in chosen.upload_ids]


def _decide(
    connection: Any, run_time: "RunTime", upload_id: int, decision: str, reason: str | None, decided_by: str
) -> None:
    db.run(
        connection,
        "intake/quarantine_decision/insert",
        {
            "upload_id": upload_id,
            "decision": decision,
            "reason": reason,
            "decided_by": decided_by,
            "decided_on": run_time.as_of,
        },
    )


def _retry(
    engine: "Engine", settings: "Settings", run_time: "RunTime", file: WaitingUpload, decided_by: str
) -> PutBack:
    # First the decision: killed after it, the next retry finds it and copies; the run that takes the file in, too.
    with engine.begin() as connection:
        _decide(connection, run_time, file.upload_id, "retried", None, decided_by)
    try:
        problem = _put_back(settings, file)
    except OSError as error:
        problem = f"it could not be copied ({reason_of(error)})"
    if problem:
        with engine.begin() as connection:
            db.run(connection, "intake/quarantine_decision/delete_retried", {"upload_id": file.upload_id})
    return PutBack(file.upload_id, problem)


def _put_back(settings: "Settings", file: WaitingUpload) -> str | None:
    """Copy the file into its drop folder; what keeps it from it, in words that do not name it."""
    kept, target = place_of(file.archive_path), drop_folder(settings, file.kind, file.unit_code) / file.file_name
    if isinstance(target, Path):
        _part_of(target, file).unlink(missing_ok=True)  # of a retry that was killed
    if _has(settings, target, file.sha256):
        return None  # a retry before this one was killed, or no run has come by yet
    if not _has(settings, kept, file.sha256):
        return "its file is not in quarantine any more"
    with spool.local_copy(settings, kept) as copy:
        if isinstance(target, Path):
            return _put_back_here(copy, target, file)
        if target.exists():
            return IN_THE_WAY
        # Its time is that of the retry: a server keeps its own.
        target.put(copy)
    return None


def _put_back_here(copy: Path, target: Path, file: WaitingUpload) -> str | None:
    part = _part_of(target, file)
    places.private_folder(target.parent)
    shutil.copyfile(copy, part)
    part.chmod(0o600)
    # As old as it was: a run applies files in the order of their times.
    sent_at = file.modified_at.timestamp()
    os.utime(part, (sent_at, sent_at))
    try:
        os.link(part, target)  # unlike a rename, never over another file
    except FileExistsError:
        return IN_THE_WAY
    finally:
        part.unlink()
    return None


def _part_of(target: Path, file: WaitingUpload) -> Path:
    return target.with_name(f".retry-{file.upload_id}.part")


def drop_folder(settings: "Settings", kind: str, unit_code: str | None) -> Place:
    """`inbox/<unit>/uploads`, `inbox/<unit>/reports` or, for the Department's, `inbox/reports`."""
    return settings.inbox / unit_code / FOLDER_OF_KIND[kind] if unit_code else settings.inbox / DEPARTMENT_FOLDER


def _has(settings: "Settings", file: Place, sha256: str) -> bool:
    if not file.is_file() or (isinstance(file, Path) and file.is_symlink()):
        return False
    with spool.local_copy(settings, file) as copy:
        return sha256_of(copy) == sha256
