"""The verdict on a shard's staged rows: every rule of its suite, and a line for each row that fails one."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.quality import lines, suites
from vaxtally.quality.judged import JudgedRows, judged_results, judged_rows
from vaxtally.quality.suites import Suite, SuiteError, SuiteRule

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.settings import Settings


@dataclass(frozen=True)
class JudgeSummary:
    """`rows` judged, and how many of them fail each rule; rules that none fails are left out."""

    rows: int
    failing: dict[str, int] = field(default_factory=dict)


def judge(engine: "Engine", shard: int, kind: str, settings: "Settings") -> JudgeSummary:
    """Judge a freshly filled shard by all rules of its kind (`upload` or `report`), in one transaction.

    Fills intake.staged_issue_<shard>, and empties the identifiers that rules drop. Raises SuiteError for a broken
    rule; the shard is then as it was.
    """
    from sqlalchemy import text

    judged = judged_rows(shard, kind, settings)
    with engine.begin() as connection:
        rows = connection.execute(text(f"SELECT count(*) FROM {judged.table}")).scalar_one()  # noqa: S608 - our name
        if rows == 0:
            # Great Expectations would pass an empty table; here it is not asked.
            return JudgeSummary(0)
        suite = suites.load(kind)
        failing = _judge_phase(connection, suite, "cells", judged)
        _sift(connection, [rule for rule in suite.rules if rule.code in failing], judged)
        failing |= _judge_phase(connection, suite, "sifted", judged)
        db.run_script(connection, f"CREATE INDEX ON {judged.issue_table} (upload_id); ANALYZE {judged.issue_table}")
    return JudgeSummary(rows, failing)


def judge_results(connection: "Connection", settings: "Settings", phase: str) -> None:
    """Judge the records that a batch's updates result in (`batch_result`) by the rules of a phase.

    Writes lines to `batch_issue`; after `cells`, the identifiers that rules drop are emptied. By the same conditions as
    a shard's rows, but without Great Expectations: the records are few, and the line is the verdict.
    """
    judged, chosen = judged_results(settings), list(suites.load("upload").of_results(phase))
    _write_lines(connection, judged, chosen)
    if phase == "cells":
        _sift(connection, chosen, judged)


def mostly_rejected(
    connection: "Connection", shards: Collection[int], upload_ids: Collection[int], settings: "Settings"
) -> set[int]:
    """Which of the files count as a whole as rejected (file.mostly_rejected). Their shards are judged."""
    chosen = {
        "shards": list(shards),
        "upload_ids": list(upload_ids),
        "min_rows": settings.mostly_rejected_min_rows,
        "share": settings.mostly_rejected_share,
    }
    return set(db.run(connection, "intake/staged_issue/select_mostly_rejected", chosen).scalars())


def _judge_phase(connection: "Connection", suite: Suite, phase: str, judged: JudgedRows) -> dict[str, int]:
    """Ask Great Expectations which rules of the phase fail, and write a line for each row that fails one."""
    from vaxtally.quality.validation import failing_rows

    failing = failing_rows(connection, suite, suite.of_phase(phase), judged)
    failed = [rule for rule in suite.of_phase(phase) if rule.code in failing]
    if failed and (written := _write_lines(connection, judged, failed)) != failing:
        raise SuiteError(f"{suite.name}: the lines written differ from the verdict: {written}, not {failing}.")
    return failing


def _write_lines(connection: "Connection", judged: JudgedRows, failed: list[SuiteRule]) -> dict[str, int]:
    """Write a line for each row and failed rule; returns their number by rule."""
    from sqlalchemy import text

    columns = connection.execute(text(f"{judged.sql} LIMIT 0"), judged.binds).keys()
    with _refused("the values of its messages"):
        inserted = connection.execute(text(lines.insert_sql(judged, failed, columns)), judged.binds)
    return {row.rule: row.lines for row in inserted}


def _sift(connection: "Connection", failed: list[SuiteRule], judged: JudgedRows) -> None:
    """Empty the identifiers that a failed rule drops."""
    from sqlalchemy import text

    if sql := lines.sift_sql(failed, judged):
        with _refused("the rules that drop an identifier"):
            connection.execute(text(sql))


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Turn SQL that the database refuses into SuiteError, without its message, which may quote a cell."""
    from sqlalchemy.exc import DataError, ProgrammingError

    try:
        yield
    except (DataError, ProgrammingError) as error:
        raise SuiteError(f"The suite is broken in {what}: {type(error.orig).__name__}.") from None
