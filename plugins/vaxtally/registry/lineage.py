"""Lineage: from a dose to its file and row and all that became of it; from any row of a file to its dose or its reason.

No names, numbers or values: files are known by their upload ids, rules by their codes.
"""

from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def trace_dose(connection: "Connection", dose_id: int, with_name: bool = False) -> dict[str, Any]:
    """The dose, its upload and row, and its `history`, the earliest change first; on demand where the file lies.

    Raises UsageError where there is none.
    """
    dose = db.run(connection, "registry/dose/select_lineage", {"dose_id": dose_id}).mappings().one_or_none()
    if dose is None:
        raise UsageError(f"There is no dose {dose_id}.")
    history = db.run(connection, "registry/dose_history/select_lineage", {"dose_id": dose_id}).mappings()
    shown = {name: value for name, value in dose.items() if with_name or name != "archive_path"}
    return {**shown, "history": [dict(change) for change in history]}


def trace_row(connection: "Connection", upload_id: int, row_number: int) -> dict[str, Any]:
    """What became of a row: its `outcome`, `rules`, the `doses` it made, repeats or changed, its `reviews`.

    `closed_by` is the trace of the row that took its place. Raises UsageError where the file has no such row.
    """
    upload = _upload_with_row(connection, upload_id, row_number)
    bind = {"upload_id": upload_id, "row_number": row_number}
    lines = db.run(connection, "intake/row_issue/select_lineage", bind).all()
    kept = db.run(connection, "intake/row/select_lineage", bind).one_or_none()
    made = [dict(dose) for dose in db.run(connection, "registry/dose/select_of_row", bind).mappings()]
    changed = [dict(change) for change in db.run(connection, "registry/dose_history/select_of_row", bind).mappings()]
    reviews = [dict(review) for review in db.run(connection, "registry/review/select_of_row", bind).mappings()]
    place = kept or (lines[0] if lines else None)
    closed_by = None
    if kept is not None and kept.closed_by_upload_id is not None:
        closed_by = trace_row(connection, kept.closed_by_upload_id, kept.closed_by_row_number)
    return {
        **bind,
        "unit_code": upload.unit_code,
        "received_on": upload.received_on,
        "sheet": place.sheet if place else None,
        "line": place.line if place else None,
        "outcome": lines[0].outcome if lines else kept.outcome if kept else "loaded",
        "rules": [line.rule for line in lines if line.rule is not None],
        "doses": made,
        "of_dose_ids": sorted({line.dose_id for line in lines if line.dose_id is not None}),
        "changes": changed,
        "reviews": reviews,
        "is_open": kept is not None and kept.outcome in ("held", "rejected") and kept.closed_at is None,
        "closed_by": closed_by,
    }


def _upload_with_row(connection: "Connection", upload_id: int, row_number: int) -> Any:
    upload = db.run(connection, "intake/upload/select_lineage", {"upload_id": upload_id}).one_or_none()
    if upload is None:
        raise UsageError(f"There is no upload {upload_id}.")
    if upload.kind != "upload":
        raise UsageError(f"Upload {upload_id} is a statistics report: its rows are figures, not doses.")
    if upload.status == "repeated":
        raise UsageError(f"Upload {upload_id} repeats upload {upload.repeats_upload_id}: its rows are counted there.")
    if not 1 <= row_number <= upload.rows_total:
        raise UsageError(f"Upload {upload_id} has {upload.rows_total:,} rows; there is no row {row_number}.")
    return upload
