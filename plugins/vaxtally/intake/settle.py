"""Held rows are settled by a reviewer, wait anew where that is undone, or go their way when what they met has changed.

The row is judged again from the cells that were kept, with what the reviewer said, by the same judge and the same
decisions as a new row. A decision, its row, its doses and the upload's sums are one transaction under the apply lock.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import rejudge, staging
from vaxtally.intake.reprocess import check_as_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.registry.reviews import Decided, Ruling
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

# Who is noted where no reviewer decided.
ITSELF = "vaxtally"
# Held rows that are looked at again in one transaction.
MOST_FREED = 20_000


@dataclass
class Settled:
    """`outcome`: what the review's row is now; `held_by`: the review that it waits with, if it is held.

    `rows`: the rows judged again with it, by outcome; `followed`: held rows that went their way because of it.
    """

    review_id: int
    outcome: str = ""
    held_by: int | None = None
    rows: dict[str, int] = field(default_factory=dict)
    followed: int = 0


def settle(
    engine: "Engine", settings: "Settings", run_time: "RunTime", review_id: int, ruling: "Ruling", decided: "Decided"
) -> Settled:
    """Settle a review; the answers are then to be written by `finish_files`.

    Copies of the row in its file share its fate. Raises UsageError for a review that does not wait, or a ruling that
    does not answer it, and EarlierAsOfError for an as-of before the last one.
    """
    from vaxtally.registry import reviews

    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        check_as_of(engine, run_time)
        with engine.connect() as connection:
            review = reviews.open_review(connection, review_id)
            ruling = reviews.read_ruling(connection, review, ruling)
            copies = db.run(connection, "registry/review/select_copies", {"review_id": review_id}).all()
        of_rows = [review, *copies]

        def prepare(connection: "Connection") -> None:
            for each in of_rows:
                reviews.note_decision(connection, each.review_id, ruling, decided)
            if ruling.decision == "keep_this":
                reviews.withdraw_met(connection, review_id, run_time.as_of, run_time.received_at)
            reviews.rule(connection)

        what = f"{ruling.decision}: {decided.reason}"
        done, at = judge_rows(engine, settings, run_time, of_rows, review.rule, prepare, decided.by, what)
        return _followed(engine, settings, run_time, Settled(review_id, rows=done), review, at)


def reopen(engine: "Engine", settings: "Settings", run_time: "RunTime", review_id: int, decided: "Decided") -> Settled:
    """Undo all that was decided on a review's row: it waits again, and persons and doses are as if never decided.

    Rows that came since and were found to be the same person are asked again who they are. Raises UsageError for a
    review that no reviewer has settled, or whose dose was withdrawn since; EarlierAsOfError as above.
    """
    from vaxtally.registry import reviews
    from vaxtally.registry.reviews import Ruling

    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        check_as_of(engine, run_time)
        with engine.connect() as connection:
            review, standing = reviews.settled_review(connection, review_id)
            asks_who = reviews.identity_review(connection, standing)
            persons = [each.person_id for each in standing if each.person_id is not None]
            row = {"upload_id": review.upload_id, "row_number": review.row_number}
            merged = db.run(connection, "registry/review/select_merged_rows", {**row, "person_ids": persons}).all()
        of_rows = [review, *(row for row in merged if not _same_row(row, review))]

        def prepare(connection: "Connection") -> None:
            reopen_id = reviews.note_decision(connection, review_id, Ruling("reopen"), decided)
            db.run(connection, "registry/review_decision/undo", {**row, "reopen_id": reopen_id})
            reviews.take_back(connection, review, standing, run_time.as_of, run_time.received_at)
            reviews.rule(connection, asks_who)

        what = f"reopened: {decided.reason}"
        done, at = judge_rows(engine, settings, run_time, of_rows, review.rule, prepare, decided.by, what)
        return _followed(engine, settings, run_time, Settled(review_id, rows=done), review, at)


def judge_freed(
    engine: "Engine", settings: "Settings", run_time: "RunTime", person_ids: Sequence[int] = (), since: Any = None
) -> int:
    """Judge again the held rows that met something which has changed since; how many wait no more, or otherwise.

    A dose that was withdrawn or corrected, or, of reviews not judged since then, one of these persons. The caller holds
    the apply lock.
    """
    chosen = {"person_ids": list(person_ids), "since": since, "most": MOST_FREED}
    with engine.connect() as connection:
        freed = db.run(connection, "registry/review/select_freed", chosen).all()
    changed = 0
    for _, group in groupby(sorted(freed, key=lambda each: each.rule), key=lambda each: each.rule):
        changed += _judge_or_split(engine, settings, run_time, list(group))
    if changed:
        log.info("%d held rows went their way as what they had met has changed", changed)
    return changed


def _judge_or_split(engine: "Engine", settings: "Settings", run_time: "RunTime", held: list[Any]) -> int:
    """Held rows of one rule; where that fails one by one, so that one review holds up no other."""
    import psycopg
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return _judge_held(engine, settings, run_time, held)
    except (SQLAlchemyError, psycopg.Error) as error:
        if db.is_server_lost(error):
            raise
        if len(held) > 1:
            return sum(_judge_or_split(engine, settings, run_time, [each]) for each in held)
        log.error("review %d could not be judged again: %s", held[0].review_id, getattr(error, "orig", None) or error)
        return 0


def _judge_held(engine: "Engine", settings: "Settings", run_time: "RunTime", held: list[Any]) -> int:
    from vaxtally.registry import reviews

    review_ids = [each.review_id for each in held]
    changed = 0

    def prepare(connection: "Connection") -> None:
        db.run(connection, "registry/review/touch", {"review_ids": review_ids})
        reviews.rule(connection)

    def note(connection: "Connection") -> None:
        nonlocal changed
        noted = {"review_ids": review_ids, "decided_by": ITSELF, "as_of": run_time.as_of}
        changed = db.run(connection, "registry/review_decision/insert_judged_again", noted).rowcount

    judge_rows(engine, settings, run_time, held, held[0].rule, prepare, ITSELF, "what it had met has changed", note)
    return changed


def _same_row(one: Any, other: Any) -> bool:
    return (one.upload_id, one.row_number) == (other.upload_id, other.row_number)


def judge_rows(
    engine: "Engine",
    settings: "Settings",
    run_time: "RunTime",
    rows: Sequence[Any],
    rule: str,
    prepare: "Callable[[Connection], None]",
    by: str,
    what: str,
    note: "Callable[[Connection], None]" = lambda connection: None,
) -> tuple[dict[str, int], datetime]:
    """Judge rows (upload_id, row_number) again in one transaction; rows by outcome, and the transaction's time."""
    from sqlalchemy import text

    from vaxtally.registry import reviews

    named = {"upload_ids": [row.upload_id for row in rows], "row_numbers": [row.row_number for row in rows]}
    with engine.begin() as connection:
        files = db.run(connection, "intake/row/select_files", named).all()
        shard = staging.draw_shard(connection)
    try:
        rejudge.stage(engine, settings, shard, files, None)
        with engine.begin() as connection:
            rejudge.apply_again(connection, settings, run_time, shard, files, rule, prepare)
            note(connection)
            reviews.close_judged(connection, by, what, run_time.as_of)
            found = db.run(connection, "intake/batch_changed/count").all()
            at = connection.execute(text("SELECT now()")).scalar_one()
    finally:
        with engine.begin() as connection:
            staging.drop_shard(connection, "upload", shard)
    return {row.outcome: row.rows for row in found}, at


def _followed(
    engine: "Engine", settings: "Settings", run_time: "RunTime", done: Settled, review: Any, at: datetime
) -> Settled:
    """What else follows from a decision that is committed: held rows that spoke of the same persons or doses."""
    from vaxtally.registry import reviews

    with engine.connect() as connection:
        touched = reviews.touched_persons(connection, review)
    done.followed = judge_freed(engine, settings, run_time, touched, at)
    with engine.connect() as connection:
        done.outcome, done.held_by = reviews.row_state(connection, review)
    return done
