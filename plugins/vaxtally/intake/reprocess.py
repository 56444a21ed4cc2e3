"""Rows that a rule rejected are judged again, from the cells that were kept: after an alias, a unit, a rule was added.

The whole row is judged, by every rule and today's lists, and what passes is applied as the row it is. Under the apply
lock, a batch of files at a time: killed anywhere and run again it ends in the same state; once more changes nothing.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import EarlierAsOfError, UsageError
from vaxtally.intake import apply, rejudge, staging
from vaxtally.reference import rejecting_rules, rules

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

KINDS = ("report", "upload")


@dataclass(frozen=True)
class Rejected:
    """Which rows are judged again: those that `rule` rejected, of one sender or one upload only if so asked."""

    rule: str
    unit_code: str | None = None
    upload_id: int | None = None


@dataclass
class ReprocessSummary:
    """`rows`: those judged again, by the outcome they have now; `rows_changed` came out otherwise than before.

    `rows_revised`: report lines left alone, since a later report has the last word. `released`: files that left
    quarantine. `failed_upload_ids` could not be judged or applied, and are as they were.
    """

    uploads: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    rows_changed: int = 0
    rows_revised: int = 0
    changed_upload_ids: list[int] = field(default_factory=list)
    released_upload_ids: list[int] = field(default_factory=list)
    failed_upload_ids: list[int] = field(default_factory=list)


def reprocess(
    engine: "Engine", settings: "Settings", run_time: "RunTime", rejected: Rejected, dry_run: bool = False
) -> ReprocessSummary:
    """Judge rejected rows again and apply what passes; the answers are then to be written by `finish_files`.

    A dry run rolls everything back. Raises UsageError for a rule that rejects no row, and EarlierAsOfError for an as-of
    before the last one.
    """
    _check_rule(rejected.rule)
    summary = ReprocessSummary()
    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        check_as_of(engine, run_time)
        for kind in KINDS:
            for batch in _batches(_files(engine, run_time, kind, rejected)):
                _judge_or_split(engine, settings, run_time, rejected.rule, batch, dry_run, summary)
    log.info("rows rejected by %s judged again: %s", rejected.rule, summary.rows)
    return summary


def _check_rule(code: str) -> None:
    rule = rules().get(code)
    if rule is None:
        raise UsageError(f"There is no rule {code}; see rules.csv.")
    if code in rejecting_rules():
        return
    if rule.level == "file":
        raise UsageError(
            f"{code} refuses whole files: `vaxtally quarantine retry --rule {code}` has them judged afresh."
        )
    raise UsageError(f"{code} rejects no row.")


def check_as_of(engine: "Engine", run_time: "RunTime") -> None:
    """Raise EarlierAsOfError where something was already taken in as of a later day."""
    with engine.connect() as connection:
        last = db.run(connection, "intake/upload/select_last_as_of").scalar()
    if last is not None and run_time.as_of < last:
        raise EarlierAsOfError(
            f"Files were already taken in as of {last}; rows cannot become known on {run_time.as_of}, before that."
        )


def _files(engine: "Engine", run_time: "RunTime", kind: str, rejected: Rejected) -> Sequence[Any]:
    chosen = {
        "kind": kind,
        "as_of": run_time.as_of,
        "rule": rejected.rule,
        "unit_code": rejected.unit_code,
        "upload_id": rejected.upload_id,
    }
    with engine.connect() as connection:
        return db.run(connection, "intake/row/select_rejected_files", chosen).all()


def _batches(files: Sequence[Any]) -> Iterator[list[Any]]:
    """Consecutive files of up to as many rows as a run applies at once."""
    batch: list[Any] = []
    rows = 0
    for file in files:
        if batch and rows + file.rows_to_judge > apply.BATCH_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(file)
        rows += file.rows_to_judge
    if batch:
        yield batch


def _judge_or_split(
    engine: "Engine",
    settings: "Settings",
    run_time: "RunTime",
    rule: str,
    batch: list[Any],
    dry_run: bool,
    summary: ReprocessSummary,
) -> None:
    """A batch that fails is done again file by file, so that one file holds up no other."""
    import psycopg
    from sqlalchemy.exc import SQLAlchemyError

    try:
        _judge(engine, settings, run_time, rule, batch, dry_run, summary)
    except (SQLAlchemyError, psycopg.Error) as error:
        if db.is_server_lost(error):
            raise
        if len(batch) > 1:
            for file in batch:
                _judge_or_split(engine, settings, run_time, rule, [file], dry_run, summary)
            return
        log.error("upload %d could not be judged again: %s", batch[0].upload_id, getattr(error, "orig", None) or error)
        summary.failed_upload_ids.append(batch[0].upload_id)


def _judge(
    engine: "Engine",
    settings: "Settings",
    run_time: "RunTime",
    rule: str,
    batch: list[Any],
    dry_run: bool,
    summary: ReprocessSummary,
) -> None:
    kind = batch[0].kind
    with engine.begin() as connection:
        shard = staging.draw_shard(connection)
    try:
        rejudge.stage(engine, settings, shard, batch, rule)
        with engine.connect() as connection, connection.begin() as transaction:
            verdict = rejudge.apply_again(connection, settings, run_time, shard, batch, rule)
            found = db.run(connection, "intake/batch_changed/count").all()
            changed = _changed_uploads(connection)
            if dry_run:
                transaction.rollback()
    finally:
        with engine.begin() as connection:
            staging.drop_shard(connection, kind, shard)
    # Only what is committed counts.
    summary.uploads += len(batch)
    for row in found:
        summary.rows[row.outcome] = summary.rows.get(row.outcome, 0) + row.rows
    summary.rows_changed += sum(row.rows_changed for row in found)
    summary.rows_revised += verdict.rows_revised
    summary.changed_upload_ids += changed
    summary.released_upload_ids += verdict.released_upload_ids


def _changed_uploads(connection: "Connection") -> list[int]:
    from sqlalchemy import text

    return list(connection.execute(text("SELECT DISTINCT upload_id FROM batch_changed ORDER BY 1")).scalars())
