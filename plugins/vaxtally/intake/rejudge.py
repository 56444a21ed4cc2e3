"""One batch of files of which rows are judged again: staged from the kept cells, judged, applied as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import apply, places, ruleset, staging
from vaxtally.intake.kept_rows import SLICE_ROWS, kept_source
from vaxtally.intake.read_ahead import Lists, canonical_rows
from vaxtally.intake.stage import copy_rows, encoded_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.settings import Settings


@dataclass(frozen=True)
class BatchVerdict:
    """Files that left quarantine, and report lines that were left alone."""

    released_upload_ids: list[int] = field(default_factory=list)
    rows_revised: int = 0


def stage(engine: "Engine", settings: "Settings", shard: int, files: Sequence[Any], rule: str | None) -> None:
    """Stage and judge rows of files of one kind in a new shard: those that the rule rejected, or those named.

    `files` are rows of intake/row/select_rejected_files, or without a rule of intake/row/select_files.
    The caller holds the apply lock: no run that plans drops the shard meanwhile. One that a killed command left goes
    with the next plan.
    """
    from vaxtally import quality
    from vaxtally.intake.unit_list import units_below

    kind = files[0].kind
    with engine.begin() as connection:
        staging.create_shard(connection, kind, shard)
        lists = Lists(units_below(connection))
        for file in files:
            _stage_file(connection, lists, shard, file, rule)
        staging.index_shard(connection, kind, shard, len(files))
    quality.judge(engine, shard, kind, settings)


def _stage_file(connection: "Connection", lists: Lists, shard: int, file: Any, rule: str | None) -> None:
    import pyarrow as pa

    types = pa.schema(
        [
            ("row_number", pa.int32()),
            ("sheet", pa.string()),
            ("line", pa.int32()),
            ("original", pa.string()),
            ("cells_found", pa.int32()),
            ("cells_expected", pa.int32()),
        ]
    )
    chosen = {
        "upload_id": file.upload_id,
        "is_whole": file.is_whole,
        "rule": rule,
        "row_numbers": file.row_numbers if rule is None else None,
        "most_rows": SLICE_ROWS,
    }
    after_row, read = 0, SLICE_ROWS
    while read == SLICE_ROWS:
        cells = db.read_arrow(connection, "intake/row/select_cells", {**chosen, "after_row": after_row}, types)
        read = cells.num_rows
        if read:
            # By today's lists; as of the day the file came, which rules about the future and delay look at.
            source = kept_source(file.header, cells, file.dates_from_1904)
            rows = canonical_rows(source, lists, file)
            copy_rows(connection, encoded_rows(rows, file, shard), file, shard)
            after_row = cells.column("row_number")[-1].as_py()


def apply_again(
    connection: "Connection",
    settings: "Settings",
    run_time: "RunTime",
    shard: int,
    files: Sequence[Any],
    rule: str,
    prepare: "Callable[[Connection], None]" = lambda connection: None,
) -> BatchVerdict:
    """Give a judged shard's rows their new verdict, within the caller's transaction and under the apply lock.

    `rule` is what they were rejected or held by; `prepare` may change the batch before it is decided.
    Rows keep their upload and number; what passes is known to the registry since `run_time.as_of`. Leaves the temporary
    table `batch_changed`, with the rows that came out otherwise than before.
    """
    kind = files[0].kind
    whole = {file.upload_id: file for file in files if file.is_whole}
    mostly = _mostly_rejected(connection, settings, shard, list(whole))
    chosen = {"upload_ids": [file.upload_id for file in files], "shards": [shard], "mostly_rejected": mostly}
    apply.fill_batch(connection, kind, chosen)
    received = {"as_of": run_time.as_of, "received_at": run_time.received_at}
    db.run(connection, f"intake/{apply.BATCH_TABLE[kind]}/receive", received)
    revised = _leave_revised(connection) if kind == "report" else 0
    prepare(connection)
    apply.decide(connection, settings, kind)
    _keep(connection)
    if kind == "upload":
        apply.review_and_close(connection)
    released = sorted(whole.keys() - set(mostly))
    version = ruleset.current_ruleset(connection, settings)
    noted = {"rule": rule, "as_of": run_time.as_of, "processed_at": run_time.processed_at, "ruleset_id": version}
    db.run(connection, "intake/reprocess/insert", {**noted, "released": released})
    db.run(connection, "intake/upload/update_judged", {"ruleset_id": version})
    _release(connection, settings, [whole[upload_id] for upload_id in released])
    return BatchVerdict(released, revised)


def _mostly_rejected(connection: "Connection", settings: "Settings", shard: int, upload_ids: list[int]) -> list[int]:
    """Which quarantined files are mostly rejected still; then the rows that were closed since are left alone."""
    from vaxtally import quality

    if not upload_ids:
        return []
    found = sorted(quality.mostly_rejected(connection, [shard], upload_ids, settings))
    db.run(connection, "intake/staged_row/delete_closed", {"shard": shard})
    return found


def _leave_revised(connection: "Connection") -> int:
    """Report lines whose key a later file has reported on: closed, and not stored over it. How many."""
    from vaxtally import stats

    left = stats.leave_revised(connection)
    upload_ids, row_numbers = [line.upload_id for line in left], [line.row_number for line in left]
    db.run(connection, "intake/row/close_revised", {"upload_ids": upload_ids, "row_numbers": row_numbers})
    return len(left)


def _keep(connection: "Connection") -> None:
    """Write the new remarks and outcomes; what came out as before stays untouched."""
    from sqlalchemy import text

    last_line = connection.execute(text("SELECT coalesce(max(row_issue_id), 0) FROM intake.row_issue")).scalar_one()
    db.run(connection, "intake/row_issue/insert")
    db.run_script(connection, db.statement("intake/batch_changed/create"))
    db.run(connection, "intake/batch_changed/insert", {"last_line": last_line})
    db.run(connection, "intake/row_issue/delete_replaced", {"last_line": last_line})
    db.run(connection, "intake/row/update_judged")


def _release(connection: "Connection", settings: "Settings", files: list[Any]) -> None:
    kept = [places.kept_path(file.received_on, file.unit_code, file.upload_id, file.file_name) for file in files]
    paths = [f"{settings.archive}/{path}" for path in kept]
    upload_ids = [file.upload_id for file in files]
    db.run(connection, "intake/upload/release", {"upload_ids": upload_ids, "archive_paths": paths})
