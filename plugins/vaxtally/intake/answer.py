"""The answer to every file, written from the database: result files, and a fix file where rows wait.

`<file name>.result.csv`, `<file name>.result.json`, and `<file name>.fix.csv` or `.fix.xlsx`.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import places
from vaxtally.intake.fix_file import CSV_SUFFIX as FIX_CSV_SUFFIX
from vaxtally.intake.fix_file import WORKBOOK_SUFFIX as FIX_WORKBOOK_SUFFIX
from vaxtally.intake.fix_file import FixFile, fix_file
from vaxtally.place import Place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings

COLUMNS = ("row_number", "sheet", "line", "outcome", "rule", "severity", "column", "value", "message")
CSV_SUFFIX = ".result.csv"
JSON_SUFFIX = ".result.json"
# First the file that says whose answer this is: killed before the next, they are not taken for an earlier one's.
SUFFIXES = (JSON_SUFFIX, CSV_SUFFIX, FIX_CSV_SUFFIX, FIX_WORKBOOK_SUFFIX)
COUNTS = (
    "rows_total",
    "rows_loaded",
    "rows_updated",
    "rows_voided",
    "rows_duplicate",
    "rows_held",
    "rows_rejected",
    "rows_with_warnings",
)


@dataclass(frozen=True)
class Answer:
    """All that a unit gets back for one file: the result file's content, its summary, the fix file if rows wait."""

    lines: bytes
    summary: dict[str, Any]
    fix: FixFile | None

    def contents(self) -> dict[str, bytes | None]:
        """By suffix; None: there is no such file."""
        summary = json.dumps(self.summary, ensure_ascii=False, indent=2)
        contents: dict[str, bytes | None] = dict.fromkeys(SUFFIXES)
        contents |= {JSON_SUFFIX: summary.encode(), CSV_SUFFIX: self.lines}
        return contents | ({self.fix.suffix: self.fix.content} if self.fix else {})


def mark_outdated(connection: "Connection", upload_ids: Sequence[int] = ()) -> None:
    """Have `finish_files` write all answer files of these uploads anew, and of those with rows closed just now.

    For whoever settles rows or judges them again: set `intake.row.closed_at` to now() where a row is done with, call
    this in the same transaction, commit, and finish.
    """
    db.run(connection, "intake/upload/mark_outdated", {"upload_ids": list(upload_ids)})


def answer_of(connection: "Connection", upload: Any) -> Answer:
    """The answer to an upload (a row of intake/upload/select_unfinished) as the database stands."""
    fix = fix_file(connection, upload)
    summary = answer_summary(upload) | {"fix_file": _stem(upload.file_name) + fix.suffix if fix else None}
    return Answer(answer_lines(connection, upload.upload_id), summary, fix)


def write_answer(connection: "Connection", settings: "Settings", upload: Any) -> None:
    """Write all answer files of an upload (a row of intake/upload/select_unfinished), or write them anew.

    An earlier upload's answer of the same name moves to the unit's history first. So does this upload's own where it
    was finished before and now reads otherwise; one that was never finished is replaced. Where a later upload of the
    same name has moved it to the history, it is written anew there.
    """
    contents = answer_of(connection, upload).contents()
    folder = places.private_folder(places.answer_folder(settings, upload.kind, upload.unit_code))
    history = places.answer_folder(settings, "upload", upload.unit_code) / "history"
    stem = _stem(upload.file_name)
    owner = _owner(folder / (stem + JSON_SUFFIX))
    if isinstance(owner, int) and owner > upload.upload_id:
        folder, stem = places.private_folder(history), _stem(f"{upload.upload_id}-{upload.file_name}")
    elif owner not in (None, upload.upload_id):
        for suffix in SUFFIXES:
            _move(folder / (stem + suffix), history, _stem(f"{owner}-{upload.file_name}") + suffix)
    for suffix, content in contents.items():
        path = folder / (stem + suffix)
        if upload.finished_at is not None and _reads_otherwise(path, content):
            _move(path, history, _revision(history, upload, suffix))
        if content is not None:
            places.write_private(path, content)
        else:
            path.unlink(missing_ok=True)


def write_all(answer: Answer, folder: Place, file_name: str) -> None:
    """Write an answer's files into any folder, over those of the same names."""
    stem = _stem(file_name)
    places.private_folder(folder)
    for suffix, content in answer.contents().items():
        if content is not None:
            places.write_private(folder / (stem + suffix), content)


def answer_lines(connection: "Connection", upload_id: int) -> bytes:
    """The result file's content: UTF-8 with BOM, a line for each remark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(db.run(connection, "intake/row_issue/select_answer", {"upload_id": upload_id}).all())
    return text.getvalue().encode("utf-8-sig")


def answer_summary(upload: Any) -> dict[str, Any]:
    """The result file's summary, from a row of intake/upload/select_unfinished."""
    return {
        "upload_id": upload.upload_id,
        "file_name": upload.file_name,
        "sha256": upload.sha256,
        "unit_code": upload.unit_code,
        "kind": upload.kind,
        "received_on": upload.received_on.isoformat(),
        "status": upload.status,
        "repeats_upload_id": upload.repeats_upload_id,
        "rules_version": upload.rules_version,
        "rules": list(upload.file_rules),
        **{name: getattr(upload, name) for name in COUNTS},
        "issues_by_rule": upload.issues_by_rule,
        "timeliness": upload.timeliness,
    }


def _stem(name: str) -> str:
    """The name, shortened so that the longest suffix and `.part` still fit a file system."""
    return places.fit_name(name, room=max(map(len, SUFFIXES)) + len(".part"))


def _owner(summary: Place) -> int | str | None:
    """Whose answer lies there: an upload's id, `unknown`, or None where there is none."""
    try:
        upload_id = json.loads(summary.read_bytes())["upload_id"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return "unknown"
    return upload_id if isinstance(upload_id, int) else "unknown"


def _reads_otherwise(path: Place, content: bytes | None) -> bool:
    return path.exists() and path.read_bytes() != content


def _revision(history: Place, upload: Any, suffix: str) -> str:
    """The first free name for an earlier state of the upload's own answer."""
    number = 1
    while (history / (name := _stem(f"{upload.upload_id}.{number}-{upload.file_name}") + suffix)).exists():
        number += 1
    return name


def _move(source: Place, history: Place, name: str) -> None:
    if source.exists():
        places.move_private(source, history / name)
