"""Apply staged files to the registry or the statistics, one batch of consecutive files after the other."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import answer, ruleset, staging

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

# Large enough that set-based statements pay, small enough that a batch's working tables stay in memory.
BATCH_ROWS = 150_000

# Pages lie in memory or on flash: by the default, of disks that turn, a table of some hundred rows is rather read from
# end to end for every row of a batch than looked up by its key.
_PAGES_AT_HAND = "SET LOCAL random_page_cost = 1.1"

OUTCOMES = ("loaded", "updated", "voided", "duplicate", "held", "rejected")
BATCH_TABLE = {"upload": "batch_row", "report": "batch_report_row"}


@dataclass
class ApplySummary:
    """Numbers of one run: files by status, rows by outcome, and uploads that could not be applied."""

    files: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    failed_upload_ids: list[int] = field(default_factory=list)


def apply_staged(
    engine: "Engine", settings: "Settings", run_time: "RunTime", kind: str, shards: list[int]
) -> ApplySummary:
    """Apply the staged files of a run's own shards in the order of the contract, under the registry's lock.

    A batch commits as a whole, with the same result as file by file; one that fails is done again file by file, so
    that only the file at fault stays behind in the inbox. Killed anywhere and run again, it ends in the same state.
    """
    summary = ApplySummary()
    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        with engine.begin() as connection:
            files = db.run(connection, "intake/staged_file/select_staged", {"kind": kind, "shards": shards}).all()
        for batch in _batches(files):
            _apply_or_split(engine, settings, run_time, kind, batch, summary)
        with engine.begin() as connection:
            staging.drop_applied(connection, kind, shards)
        if kind == "upload":
            from vaxtally.intake import settle

            # Held rows whose dose another unit has withdrawn meanwhile.
            settle.judge_freed(engine, settings, run_time)
    log.info("%s files applied: %s, rows: %s", kind, summary.files, summary.rows)
    return summary


def _batches(files: Sequence[Any]) -> Iterator[list[Any]]:
    """Consecutive files of up to BATCH_ROWS rows; a repeat of a file of the batch starts a new one."""
    batch: list[Any] = []
    rows, seen = 0, set()
    for file in files:
        key = (file.unit_code, file.sha256)
        if batch and (rows + file.rows_total > BATCH_ROWS or key in seen):
            yield batch
            batch, rows, seen = [], 0, set()
        batch.append(file)
        rows += file.rows_total
        seen.add(key)
    if batch:
        yield batch


def _apply_or_split(
    engine: "Engine", settings: "Settings", run_time: "RunTime", kind: str, batch: list[Any], summary: ApplySummary
) -> None:
    import psycopg
    from sqlalchemy.exc import SQLAlchemyError

    upload_ids, shards = [file.upload_id for file in batch], sorted({file.shard for file in batch})
    try:
        with engine.begin() as connection:
            apply_files(connection, settings, run_time, kind, upload_ids, shards)
            # In the same transaction, so that a run killed here and started again finds nothing to apply twice.
            db.run(connection, "intake/staged_file/delete", {"upload_ids": upload_ids})
            _count(connection, batch, summary)
    except (SQLAlchemyError, psycopg.Error) as error:
        if db.is_server_lost(error):
            raise  # no file's fault
        if len(batch) > 1:
            for file in batch:
                _apply_or_split(engine, settings, run_time, kind, [file], summary)
            return
        log.error("upload %d could not be applied: %s", batch[0].upload_id, _reason(error))
        summary.failed_upload_ids.append(batch[0].upload_id)


def _reason(error: Exception) -> str:
    """Without the statement: what went wrong, and no value."""
    return str(getattr(error, "orig", None) or error)


def apply_files(
    connection: "Connection",
    settings: "Settings",
    run_time: "RunTime",
    kind: str,
    upload_ids: list[int],
    shards: list[int],
) -> None:
    """Give staged files their verdict within the caller's transaction: uploads, rows, doses or figures, remarks."""
    from vaxtally import quality

    db.run_script(connection, _PAGES_AT_HAND)
    db.run(connection, "intake/staged_file/mark_repeated", {"upload_ids": upload_ids})
    read_ids = _read_ids(connection, upload_ids)
    mostly_rejected = (
        sorted(quality.mostly_rejected(connection, shards, read_ids, settings)) if kind == "upload" else []
    )
    chosen = {"upload_ids": read_ids, "shards": shards, "mostly_rejected": mostly_rejected}
    db.run(
        connection,
        "intake/upload/insert",
        {
            "upload_ids": upload_ids,
            "mostly_rejected": mostly_rejected,
            "processed_at": run_time.processed_at,
            "archive": str(settings.archive),
            "quarantine": str(settings.quarantine),
            "ruleset_id": ruleset.current_ruleset(connection, settings),
        },
    )
    db.run(connection, "intake/row_issue/insert_file_remarks", {"upload_ids": upload_ids})
    db.run(connection, "intake/quarantine_decision/update_became", {"upload_ids": upload_ids})
    if not read_ids:
        return
    fill_batch(connection, kind, chosen)
    decide(connection, settings, kind)
    db.run(connection, "intake/row/insert")
    db.run(connection, "intake/row_issue/insert")
    if kind == "upload":
        review_and_close(connection)
    db.run(connection, "intake/upload/update_counts", {"late_entry_days": settings.late_entry_days})


def fill_batch(connection: "Connection", kind: str, chosen: dict[str, list[int]]) -> None:
    """Make the temporary tables of a batch from judged shards: `upload_ids`, `shards`, and files `mostly_rejected`."""
    table = BATCH_TABLE[kind]
    db.run_script(connection, db.statement(f"intake/{table}/create"))
    db.run(connection, f"intake/{table}/insert", chosen)
    db.run_script(connection, f"ANALYZE {table} (seq, upload_id, outcome)")
    db.run(connection, "intake/batch_issue/insert", chosen)
    if chosen["mostly_rejected"]:
        db.run(connection, "intake/batch_issue/insert_mostly_rejected", chosen)


def review_and_close(connection: "Connection") -> None:
    """Note what is held for review, and close the earlier rows that rows of the batch have corrected."""
    db.run(connection, "registry/review/insert")
    db.run(connection, "intake/row/close_replaced")
    _close_referred(connection)
    # The planner takes the open rows for a handful and would go through the whole batch for each.
    db.run_script(connection, "SET LOCAL enable_nestloop = off")
    db.run(connection, "intake/row/close_corrected")
    db.run_script(connection, "SET LOCAL enable_nestloop = on")
    answer.mark_outdated(connection)


def _close_referred(connection: "Connection") -> None:
    """Close the rows that rows of the batch say they correct, file after file: a later one may name an earlier."""
    for upload_id in db.run(connection, "intake/batch_row/select_referring").scalars().all():
        db.run(connection, "intake/row/close_referred", {"upload_id": upload_id})
    db.run(connection, "registry/review/keep_age")
    db.run(connection, "registry/review/withdraw")


def decide(connection: "Connection", settings: "Settings", kind: str) -> None:
    """Let the room that owns the rows decide every one that is still open, and write what it loads."""
    if kind == "upload":
        from vaxtally import registry

        registry.apply(connection, settings)
    else:
        from vaxtally import stats

        stats.apply(connection)


def _read_ids(connection: "Connection", upload_ids: list[int]) -> list[int]:
    from sqlalchemy import text

    statement = "SELECT upload_id FROM intake.staged_file WHERE upload_id = ANY(:ids) AND state = 'read' ORDER BY 1"
    return list(connection.execute(text(statement), {"ids": upload_ids}).scalars())


def _count(connection: "Connection", batch: list[Any], summary: ApplySummary) -> None:
    totals = db.run(connection, "intake/upload/select_totals", {"upload_ids": [file.upload_id for file in batch]})
    for row in totals:
        summary.files[row.status] = summary.files.get(row.status, 0) + row.files
        for outcome in OUTCOMES:
            summary.rows[outcome] = summary.rows.get(outcome, 0) + getattr(row, f"rows_{outcome}")
