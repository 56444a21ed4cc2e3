"""Decide the rows of a batch against the registry: who it is, whether the dose is known, what is odd about it.

Set-based on the temporary tables of the batch, in the caller's transaction, with the same result as one file after
the other. Rows wait for each other only where they must: for a person that an earlier row may found, for a dose of the
same person within two days, and for a correction that they are tied to (passes).
"""

from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.registry import corrections, passes, persons

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings


def apply(connection: "Connection", settings: "Settings") -> None:
    """Decide every row of `batch_row` whose outcome is null; write persons, doses, remarks, reviews and what is closed.

    The caller holds the registry's lock and has inserted the uploads.
    """
    db.run_script(connection, db.statement("registry/batch_entry/create"))
    db.run(connection, "registry/batch_identity/insert", {"pass": 0})
    db.run_script(connection, "ANALYZE batch_identity; ANALYZE batch_issue")
    corrects = passes.has_corrections(connection)
    last_pass = passes.plan(connection) if corrects else 1
    next_round = 1
    for pass_number in range(1, last_pass + 1):
        if corrects:
            next_round = corrections.apply(connection, settings, pass_number, next_round)
        next_round = _decide_new(connection, pass_number, next_round)
        if corrects:
            db.run(connection, "registry/batch_entry/trace_doses", {"pass": pass_number})
        _remark(connection, pass_number)
    db.run(connection, "registry/batch_row/update_decided")
    db.run(connection, "registry/batch_row/update_corrected")
    db.run(connection, "registry/batch_row/trace_copies")
    db.run(connection, "registry/batch_kept/insert")


def _decide_new(connection: "Connection", pass_number: int, first_round: int) -> int:
    """Decide the new rows of a pass; returns the next number for rounds."""
    bind = {"pass": pass_number}
    if db.run(connection, "registry/batch_entry/recall", bind).rowcount:
        db.run(connection, "registry/batch_identity/forget_recalled", bind)
    next_round = persons.resolve(connection, pass_number, "new", first_round)
    _meet_doses(connection, pass_number)
    return next_round


def _meet_doses(connection: "Connection", pass_number: int) -> None:
    from sqlalchemy import text

    of_pass = {"pass": pass_number}
    db.run(connection, "registry/batch_entry/insert", of_pass)
    db.run_script(connection, "ANALYZE batch_entry")
    db.run(connection, "registry/batch_entry/refuse_record_id", of_pass)
    last = text("SELECT coalesce(max(turn), 0) FROM batch_entry WHERE pass = :pass")
    for turn in range(1, connection.execute(last, of_pass).scalar_one() + 1):
        bind = {"pass": pass_number, "turn": turn}
        db.run(connection, "registry/batch_entry/meet", bind)
        db.run(connection, "registry/batch_entry/overrule", bind)
        db.run(connection, "registry/dose/insert", bind)
        persons.refresh_statistics(connection)
        db.run(connection, "registry/dose/revive", bind)
        db.run(connection, "registry/dose_history/insert_updated", bind)
        db.run(connection, "registry/dose/update", bind)
    db.run(connection, "registry/batch_entry/share_fate", of_pass)
    db.run_script(connection, "ANALYZE batch_entry")
    db.run(connection, "registry/dose_history/tell_persons", of_pass)
    db.run(connection, "registry/person/update", of_pass)
    db.run(connection, "registry/dose/insert_declared", of_pass)


def _remark(connection: "Connection", pass_number: int) -> None:
    bind = {"pass": pass_number}
    db.run_script(connection, "TRUNCATE batch_other")
    db.run(connection, "registry/batch_issue/insert_decided", bind)
    db.run(connection, "registry/batch_other/insert", bind)
    db.run_script(connection, "ANALYZE batch_other")
    db.run(connection, "registry/batch_issue/insert_warnings", bind)
    db.run(connection, "registry/batch_review/insert", bind)
    db.run(connection, "registry/dose/supersede_declared", bind)
