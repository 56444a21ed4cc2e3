"""Decide the rows of a batch against the registry: who it is, whether the dose is known, what is odd about it.

Set-based on the temporary tables of the batch, in the caller's transaction, with the same result as one file after
the other. Rows wait for each other only where they must: for a person that an earlier row may found, and for a dose
of the same person within two days.
"""

import logging
from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

# Honest batches need one to three rounds; a knot of shared numbers beyond this is for a person to look at.
MOST_ROUNDS = 200


def apply(connection: "Connection") -> None:
    """Decide every row of `batch_row` whose outcome is null; write persons, doses, remarks and reviews.

    The caller holds the registry's lock and has inserted the uploads.
    """
    db.run_script(connection, db.statement("registry/batch_entry/create"))
    db.run(connection, "registry/batch_identity/insert")
    db.run_script(connection, "ANALYZE batch_identity; ANALYZE batch_issue")
    _resolve_persons(connection)
    _meet_doses(connection)
    _remark(connection)
    db.run(connection, "registry/batch_row/update_decided")
    db.run(connection, "registry/batch_row/hold_corrections")
    db.run(connection, "registry/batch_review/insert_corrections")


def _resolve_persons(connection: "Connection") -> None:
    db.run(connection, "registry/batch_signature/insert")
    db.run(connection, "registry/batch_key/insert")
    db.run_script(
        connection,
        "CREATE INDEX ON batch_key (sig); CREATE INDEX ON batch_key (kind, value);"
        " ANALYZE batch_key; ANALYZE batch_signature",
    )
    db.run(connection, "registry/batch_shared/insert")
    db.run(connection, "registry/batch_key/update_shared")
    db.run(connection, "registry/batch_claim/insert")
    round_number = 0
    while _open_signatures(connection):
        round_number += 1
        if round_number > MOST_ROUNDS:
            log.warning("a knot of shared identity numbers is left for review")
            db.run(connection, "registry/batch_signature/hold_rest", {"round": round_number})
            db.run(connection, "registry/identifier_claim/insert", {"round": round_number})
            break
        _resolve_round(connection, round_number)


def _resolve_round(connection: "Connection", round_number: int) -> None:
    bind = {"round": round_number}
    db.run_script(connection, "TRUNCATE batch_crowd, batch_link; ANALYZE batch_claim")
    db.run(connection, "registry/batch_crowd/insert")
    db.run(connection, "registry/batch_link/insert")
    db.run_script(connection, "ANALYZE batch_crowd, batch_link")
    db.run(connection, "registry/batch_signature/resolve", bind)
    db.run(connection, "registry/person/insert", bind)
    db.run(connection, "registry/person/add_phone", bind)
    db.run(connection, "registry/person_identifier/insert", bind)
    db.run(connection, "registry/identifier_claim/insert", bind)
    db.run(connection, "registry/batch_claim/insert_round", bind)
    db.run(connection, "registry/batch_signature/reopen", bind)
    db.run(connection, "registry/batch_key/update_shared")
    _refresh_statistics(connection)


def _refresh_statistics(connection: "Connection") -> None:
    """A table that this transaction has filled looks empty to the planner, and joins to it row by row."""
    outdated = db.run(connection, "registry/statistics/select_outdated").scalars().all()
    if outdated:
        db.run_script(connection, f"ANALYZE {', '.join(outdated)}")


def _open_signatures(connection: "Connection") -> bool:
    from sqlalchemy import text

    return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM batch_signature WHERE state = 'open')")).scalar())


def _meet_doses(connection: "Connection") -> None:
    from sqlalchemy import text

    db.run(connection, "registry/batch_entry/insert")
    db.run_script(connection, "ANALYZE batch_entry")
    turns = connection.execute(text("SELECT coalesce(max(turn), 0) FROM batch_entry")).scalar_one()
    for turn in range(1, turns + 1):
        bind = {"turn": turn}
        db.run(connection, "registry/batch_entry/meet", bind)
        db.run(connection, "registry/dose/insert", bind)
        db.run(connection, "registry/dose_history/insert_updated", bind)
        db.run(connection, "registry/dose/update", bind)
        _refresh_statistics(connection)
    db.run(connection, "registry/batch_entry/share_fate")
    db.run_script(connection, "ANALYZE batch_entry")
    db.run(connection, "registry/person/update")
    db.run(connection, "registry/dose/insert_declared")


def _remark(connection: "Connection") -> None:
    db.run(connection, "registry/batch_issue/insert_decided")
    db.run(connection, "registry/batch_other/insert")
    db.run_script(connection, "ANALYZE batch_other")
    db.run(connection, "registry/batch_issue/insert_warnings")
    db.run(connection, "registry/batch_review/insert")
    db.run(connection, "registry/dose/supersede_declared")
