"""What units answer: a form or CSV in `inbox/<unit>/replies/`, or the Department recording a telephone call.

An answer keeps the mails about the days it covers back for a while (`VAXTALLY_REPLY_PAUSE_DAYS`), and is shown to the
Department. It is no upload: it says nothing of any patient, and the column `note` is for the unit itself and not read.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError
from vaxtally.outreach import reply_file
from vaxtally.working_days import working_days

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.intake.discover import WaitingFile
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

KIND = "reply"
CODES = ("lost_forms", "no_staff", "late", "system", "other")


@dataclass(frozen=True, kw_only=True)
class RepliesSummary:
    """What `take_in_replies` did: files read and refused, answers recorded."""

    files: int = 0
    refused: int = 0
    replies: int = 0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a unit answered: for one day, or (`given_on` None) for all that were due on `received_on`."""

    unit_code: str
    name: str
    code: str
    given_on: date | None
    received_on: date
    pause_until: date


def in_force(connection: "Connection", as_of: date) -> list[Reply]:
    """What keeps mails back on that day, the longest first."""
    return [Reply(**row) for row in db.run(connection, "outreach/reply/in_force", {"as_of": as_of}).mappings()]


def record(
    connection: "Connection",
    settings: "Settings",
    unit_code: str,
    code: str,
    received_on: date,
    *,
    given_on: date | None = None,
    pause_days: int | None = None,
    **origin: Any,
) -> bool:
    """Record one answer; False where the same line of the same file is known that day. `origin`: more columns."""
    pause = settings.reply_pause_days if pause_days is None else pause_days
    values = {
        "unit_code": unit_code,
        "code": code,
        "given_on": given_on,
        "received_on": received_on,
        "pause_until": working_days(settings).after(received_on, pause),
        "source": "file",
        "recorded_by": None,
        "sha256": None,
        "row_number": None,
    }
    return db.run(connection, "outreach/reply/insert", values | origin).scalar_one() == 1


def record_call(
    engine: "Engine", settings: "Settings", unit_code: str, code: str, as_of: date, by: str, pause_days: int | None
) -> None:
    """Record what a unit said on the telephone. Raises UsageError for a unit that is not listed."""
    with engine.begin() as connection:
        if not _units(connection, [unit_code]):
            raise UsageError(f"There is no unit {unit_code}.")
        who = {"source": "department", "recorded_by": by}
        record(connection, settings, unit_code, code, as_of, given_on=None, pause_days=pause_days, **who)


def take_in_replies(engine: "Engine", settings: "Settings", run_time: "RunTime") -> RepliesSummary:
    """Read every reply file that waits, answer it, and move it to the archive, or to quarantine where it is refused.

    The commit comes first; killed in between, the next run of the day records nothing twice and moves the file. A file
    in the folder of a unit that is not listed is left alone.
    """
    from vaxtally.intake.discover import waiting_files

    files = waiting_files(settings.inbox, KIND, settings.rest_seconds, run_time.processed_at)
    with engine.connect() as connection:
        units = _units(connection, [file.unit_code for file in files])
    done = RepliesSummary()
    for file in files:
        if file.unit_code in units:
            done = _add(done, _take_in(engine, settings, run_time.as_of, file, units[file.unit_code]))
    return done


def _units(connection: "Connection", codes: list[str | None]) -> dict[str | None, str]:
    """The languages of those units that are listed."""
    rows = db.run(connection, "outreach/unit/select", {"unit_codes": [code for code in codes if code]})
    return {row.unit_code: row.language for row in rows}


def _add(done: RepliesSummary, lines: int) -> RepliesSummary:
    return RepliesSummary(files=done.files + 1, refused=done.refused + (not lines), replies=done.replies + lines)


def _take_in(engine: "Engine", settings: "Settings", as_of: date, file: "WaitingFile", language: str) -> int:
    """Take in one file; the number of answers in it, 0 where it is refused."""
    from vaxtally.intake import places, spool
    from vaxtally.place import place_of

    source = place_of(file.path)
    with spool.local_copy(settings, source) as copy:
        content = copy.read_bytes() if file.size_bytes <= reply_file.LARGEST_BYTES else b""
        is_form = reply_file.is_workbook(content)
        read = reply_file.read_workbook(copy, as_of) if is_form else reply_file.read(content, as_of)
    sha256 = hashlib.sha256(content).hexdigest()
    unit_code = str(file.unit_code)
    if not read.problems:
        with engine.begin() as connection:
            for row_number, line in enumerate(read.lines, 1):
                place = {"sha256": sha256, "row_number": row_number}
                record(connection, settings, unit_code, line.code, as_of, given_on=line.given_on, **place)
    answer = places.private_folder(settings.outbox / unit_code / "replies") / places.fit_name(file.name + ".result.csv")
    places.write_private(answer, reply_file.answer(read, language))
    kept = settings.quarantine if read.problems else settings.archive
    name = places.fit_name(f"reply-{sha256[:12]}-{file.name}")
    places.move_private(source, kept / as_of.isoformat() / unit_code / name)
    return 0 if read.problems else len(read.lines)
