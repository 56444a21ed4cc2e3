"""Take the unit list over from the inbox: read in place, archived when it changed, refused as a whole when bad."""

import csv
import io
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.errors import UsageError
from vaxtally.intake import answer, places, remote_inbox, spool
from vaxtally.intake.discover import has_rested, sha256_of
from vaxtally.place import Place, RemotePath
from vaxtally.reference import rules

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.intake.unit_list import UnitListRefusedError
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

LIST_NAME = "units.csv"
RULE = "units.invalid"


def take_unit_list(engine: "Engine", settings: "Settings", run_time: "RunTime") -> None:
    """Load `inbox/units.csv` if its bytes are new; a bad list leaves the last good one and says so in the outbox.

    Raises UsageError where neither this list nor an earlier one is usable.
    """
    if _waits(settings, run_time):
        with spool.local_copy(settings, settings.inbox / LIST_NAME) as path:
            _take(engine, settings, run_time, path)
    if not _has_units(engine):
        raise UsageError(f"No usable unit list was ever seen. Put {LIST_NAME} into {settings.inbox}.")


def _take(engine: "Engine", settings: "Settings", run_time: "RunTime", path: Path) -> None:
    from vaxtally.intake.unit_list import UnitListRefusedError, load_unit_list

    if not _was_last(engine, sha256 := sha256_of(path)):
        try:
            with engine.begin() as connection:
                if not load_unit_list(connection, path, run_time.as_of).taken_over:
                    _note_again(connection, sha256, run_time)
            _archive(settings, path, run_time, sha256)
            _clear_refusal(settings)
        except UnitListRefusedError as refusal:
            log.error("the unit list was not taken over: %s", refusal.reason)
            with engine.begin() as connection:
                _note_refusal(connection, sha256, run_time, refusal.reason)
            _answer(settings, refusal)


def _waits(settings: "Settings", run_time: "RunTime") -> bool:
    """Half a list would close the units of its other half."""
    path = settings.inbox / LIST_NAME
    if isinstance(path, RemotePath):
        return path.is_file() and remote_inbox.is_at_rest(path, settings.rest_seconds)
    return path.is_file() and has_rested(path.stat(), settings.rest_seconds, run_time.processed_at)


def _note_again(connection: "Connection", sha256: str, run_time: "RunTime") -> None:
    """The last good list is back after a bad one: nothing to load, and the bad one no longer the last."""
    binds = {"sha256": sha256, "received_on": run_time.as_of}
    db.run(connection, "reference/unit_list/insert_again", binds)


def _was_last(engine: "Engine", sha256: str) -> bool:
    """Whether the last list that was offered, taken over or refused, had these bytes."""
    from sqlalchemy import text

    with engine.connect() as connection:
        last = connection.execute(text("SELECT sha256 FROM reference.unit_list ORDER BY unit_list_id DESC LIMIT 1"))
        return last.scalar() == sha256


def _has_units(engine: "Engine") -> bool:
    from sqlalchemy import text

    with engine.connect() as connection:
        return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM reference.unit)")).scalar())


def _note_refusal(connection: "Connection", sha256: str, run_time: "RunTime", reason: str) -> None:
    from sqlalchemy import text

    connection.execute(
        text(
            "INSERT INTO reference.unit_list (sha256, received_on, status, units, reason)"
            " VALUES (:sha256, :received_on, 'refused', 0, :reason)"
        ),
        {"sha256": sha256, "received_on": run_time.as_of, "reason": reason},
    )


def _archive(settings: "Settings", path: Path, run_time: "RunTime", sha256: str) -> None:
    folder = places.private_folder(settings.archive / f"{run_time.as_of.isoformat()}/units")
    places.copy_private(path, folder / f"{sha256[:12]}-{LIST_NAME}")


def _answer(settings: "Settings", refusal: "UnitListRefusedError") -> None:
    rule = rules()[RULE]
    message = rule.message("vi", reason=refusal.reason_vi)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(answer.COLUMNS)
    writer.writerow([0, "", "", "", rule.code, rule.severity, "", "", message])
    summary = {"file_name": LIST_NAME, "status": "quarantined", "rules": [rule.code], "reason": refusal.reason}
    csv_path, json_path = _answer_paths(settings)
    places.private_folder(csv_path.parent)
    places.write_private(csv_path, text.getvalue().encode("utf-8-sig"))
    places.write_private(json_path, json.dumps(summary, ensure_ascii=False, indent=2).encode())


def _clear_refusal(settings: "Settings") -> None:
    for path in _answer_paths(settings):
        path.unlink(missing_ok=True)


def _answer_paths(settings: "Settings") -> tuple[Place, Place]:
    return settings.outbox / (LIST_NAME + answer.CSV_SUFFIX), settings.outbox / (LIST_NAME + answer.JSON_SUFFIX)
