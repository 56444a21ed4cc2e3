"""Registered persons who are one, or two after all: merged, kept apart, parted again, with all that follows for rows.

A decision and what it changes are one transaction under the apply lock; held rows that spoke of the persons are judged
again after it.
"""

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.intake import settle
from vaxtally.intake.reprocess import check_as_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import Connection, Engine

    from vaxtally.clock import RunTime
    from vaxtally.registry.reviews import Decided
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

# Persons that are compared with the registry in one transaction.
SEARCHED_AT_ONCE = 20_000
# What rows are judged again for after a merge is undone: who they are.
RULE = "record.possible_match"


@dataclass
class Paired:
    """What a decision on two persons did. `rows`: rows that were asked again who they are, by outcome.

    `doses_moved`, `doses_withdrawn`: by the merge, or back; `followed`: held rows that went their way because of it.
    """

    person_id: int
    other_person_id: int
    doses_moved: int = 0
    doses_withdrawn: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    followed: int = 0


def merge(
    engine: "Engine",
    settings: "Settings",
    run_time: "RunTime",
    pair: tuple[int, int],
    keep: str | None,
    decided: "Decided",
) -> Paired:
    """The second person of the pair is the first one: its doses become that one's, its keys lead there.

    `keep` says which of two doses stands that cannot both be of one person: `kept` (the first person's), `other` or
    `both`. Raises UsageError where it is needed and missing, or where the two cannot be merged; EarlierAsOfError.
    """
    from vaxtally.registry import pairs

    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        check_as_of(engine, run_time)
        with engine.begin() as connection:
            pairs.check_mergeable(connection, *pair)
            doses = pairs.plan_doses(connection, *pair, keep)
            pairs.merge(connection, pair, doses, decided, run_time.received_at)
        done = Paired(*pair, doses_moved=len(doses.moved), doses_withdrawn=len(doses.withdrawn))
        done.followed = _judge_held(engine, settings, run_time, pair)
    return done


def keep_apart(engine: "Engine", run_time: "RunTime", pair: tuple[int, int], decided: "Decided") -> None:
    """The two are two: the search does not ask again. Raises UsageError as `merge`."""
    from vaxtally.registry import pairs

    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        check_as_of(engine, run_time)
        with engine.begin() as connection:
            pairs.check_mergeable(connection, *sorted(pair, reverse=True))
            pairs.keep_apart(connection, pair, decided)


def part(engine: "Engine", settings: "Settings", run_time: "RunTime", person_id: int, decided: "Decided") -> Paired:
    """Undo the merge of a person: both are as if never merged, and rows since are asked again who they are.

    Raises UsageError where the person was not merged; EarlierAsOfError.
    """
    from vaxtally.registry import pairs

    with engine.connect() as lock, db.advisory_lock(lock, db.APPLY_LOCK):
        check_as_of(engine, run_time)
        with engine.connect() as connection:
            standing = pairs.standing_merge(connection, person_id)
            chosen = {"upload_id": 0, "row_number": 0, "person_ids": [standing.person_id]}
            since = db.run(connection, "registry/review/select_merged_rows", chosen).all()
        pair = (standing.person_id, person_id)
        done = Paired(*pair)
        if since:

            def prepare(connection: "Connection") -> None:
                from vaxtally.registry import reviews

                pairs.take_back_rows(connection, standing, run_time.as_of, run_time.received_at)
                pairs.part(connection, person_id, standing, decided)
                reviews.rule(connection)

            what = f"parted: {decided.reason}"
            done.rows, _ = settle.judge_rows(engine, settings, run_time, since, RULE, prepare, decided.by, what)
        else:
            with engine.begin() as connection:
                pairs.part(connection, person_id, standing, decided)
        done.followed = _judge_held(engine, settings, run_time, pair)
    return done


def find_pairs(
    engine: "Engine", as_of: "date", progress: "Callable[[int, int], None]" = lambda done, persons: None
) -> int:
    """Compare everybody registered with everybody else; how many pairs are new.

    Stretch by stretch, each a transaction: stopped, it is begun again, and finds what it had not. It takes no lock;
    `progress` is told up to which person it has come, and the last.
    """
    from sqlalchemy import text

    from vaxtally.registry import pairs

    with engine.connect() as connection:
        last = connection.execute(text("SELECT coalesce(max(person_id), 0) FROM registry.person")).scalar_one()
    found = 0
    for first in range(1, last + 1, SEARCHED_AT_ONCE):
        with engine.begin() as connection:
            found += pairs.find(connection, first, first + SEARCHED_AT_ONCE - 1, as_of)
        progress(min(first + SEARCHED_AT_ONCE - 1, last), last)
    return found


def _judge_held(engine: "Engine", settings: "Settings", run_time: "RunTime", pair: tuple[int, int]) -> int:
    """Held rows that spoke of either person."""
    from sqlalchemy import text

    with engine.connect() as connection:
        now = connection.execute(text("SELECT now()")).scalar_one()
    return settle.judge_freed(engine, settings, run_time, pair, now)
