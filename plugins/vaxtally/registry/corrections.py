"""The rows of a pass that change or withdraw an earlier record: what they name, what comes of it, who it then is."""

from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.registry import persons

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings


def apply(connection: "Connection", settings: "Settings", pass_number: int, first_round: int) -> int:
    """Decide the corrections of a pass, at most one for each record; returns the next number for rounds.

    An update of a record that is itself held becomes a new row of the pass, which takes the held one's place.
    """
    bind = {"pass": pass_number}
    if not db.run(connection, "registry/batch_correction/insert", bind).rowcount:
        return first_round
    db.run(connection, "registry/batch_correction/rule", bind)
    _find_targets(connection, bind)
    _void(connection, bind)
    _work_out(connection, settings, bind)
    db.run(connection, "registry/batch_closed/insert", bind)
    next_round = _decide_persons(connection, pass_number, first_round)
    _change(connection, bind)
    return next_round


def _find_targets(connection: "Connection", bind: dict[str, int]) -> None:
    db.run_script(connection, "TRUNCATE batch_waiting")
    db.run(connection, "registry/batch_waiting/insert", bind)
    db.run(connection, "registry/batch_correction/read_waiting", bind)
    db.run(connection, "registry/batch_correction/decide_targets", bind)
    db.run(connection, "registry/batch_issue/insert_unknown_targets", bind)


def _void(connection: "Connection", bind: dict[str, int]) -> None:
    db.run(connection, "registry/dose_history/insert_voided", bind)
    db.run(connection, "registry/dose/void", bind)


def _work_out(connection: "Connection", settings: "Settings", bind: dict[str, int]) -> None:
    """The record that each update results in, judged by the row rules; it takes the row's place."""
    from vaxtally import quality

    db.run_script(connection, "TRUNCATE batch_result")
    db.run(connection, "registry/batch_correction/read_base", bind)
    if not db.run(connection, "registry/batch_result/insert", bind).rowcount:
        return
    quality.judge_results(connection, settings, "cells")
    # What an unreadable number would have replaced still stands.
    db.run(connection, "registry/batch_result/keep_identifiers")
    quality.judge_results(connection, settings, "sifted")
    db.run(connection, "registry/batch_correction/reject", bind)
    db.run(connection, "registry/batch_row/delete_results")
    db.run(connection, "registry/batch_row/insert_results")
    db.run(connection, "registry/batch_correction/compare", bind)
    db.run(connection, "registry/batch_correction/rule_person", bind)
    db.run(connection, "registry/batch_identity/insert", bind)


def _decide_persons(connection: "Connection", pass_number: int, first_round: int) -> int:
    from sqlalchemy import text

    bind = {"pass": pass_number}
    asked = text("SELECT EXISTS (SELECT 1 FROM batch_correction WHERE pass = :pass AND changes_person)")
    next_round = first_round
    if connection.execute(asked, bind).scalar():
        next_round = persons.resolve(connection, pass_number, "update", first_round)
    db.run(connection, "registry/batch_entry/insert_updates", bind)
    db.run(connection, "registry/batch_entry/meet_updates", bind)
    db.run(connection, "registry/batch_entry/overrule_updates", bind)
    return next_round


def _change(connection: "Connection", bind: dict[str, int]) -> None:
    """Write what the updates change, the earlier states first."""
    for step in (
        "registry/dose_history/insert_corrected",
        "registry/identifier_claim/insert_corrected",
        "registry/person_identifier/delete_replaced",
        "registry/person/correct",
        "registry/dose/correct",
        "registry/person_identifier/delete_orphaned",
        "registry/dose/withdraw_declared",
        "registry/dose/restore_declared",
    ):
        db.run(connection, step, bind)
