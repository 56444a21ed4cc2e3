"""The answer to every file: `<file name>.result.csv` and `<file name>.result.json`, written from the database."""

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import places

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings

COLUMNS = ("row_number", "sheet", "line", "outcome", "rule", "severity", "column", "value", "message")
CSV_SUFFIX = ".result.csv"
JSON_SUFFIX = ".result.json"
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


def write_answer(connection: "Connection", settings: "Settings", upload: Any) -> None:
    """Write both result files of an upload (a row of intake/upload/select_unfinished).

    An earlier upload's answer of the same name moves to the unit's history first; the same upload's is replaced.
    """
    folder = places.private_folder(places.answer_folder(settings, upload.kind, upload.unit_code))
    stem = places.fit_name(upload.file_name, room=len(JSON_SUFFIX) + len(".part"))
    _keep_history(settings, folder, stem, upload)
    # First the file that says whose answer this is: killed before the second, it is not taken for an earlier one.
    summary = json.dumps(answer_summary(upload), ensure_ascii=False, indent=2)
    places.write_private(folder / (stem + JSON_SUFFIX), summary.encode())
    places.write_private(folder / (stem + CSV_SUFFIX), answer_lines(connection, upload.upload_id))


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


def _keep_history(settings: "Settings", folder: Path, stem: str, upload: Any) -> None:
    earlier = folder / (stem + JSON_SUFFIX)
    try:
        earlier_id = json.loads(earlier.read_bytes())["upload_id"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        earlier_id = "unknown"
    if earlier_id == upload.upload_id:
        return
    history = places.answer_folder(settings, "upload", upload.unit_code) / "history"
    for suffix in (CSV_SUFFIX, JSON_SUFFIX):
        source = folder / (stem + suffix)
        if source.exists():
            target = places.fit_name(f"{earlier_id}-{upload.file_name}", room=len(suffix)) + suffix
            places.move_private(source, history / target)
