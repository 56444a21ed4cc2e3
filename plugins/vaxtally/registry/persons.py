"""Who the rows of a pass speak of: the persons that their keys lead to, or new ones."""

import logging
from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

# Honest batches need one to three rounds; a knot of shared numbers beyond this is for a person to look at.
MOST_ROUNDS = 200


def resolve(connection: "Connection", pass_number: int, action: str, first_round: int) -> int:
    """Find or found the person of every row of the pass with that action (`new` or `update`), in rounds.

    Rounds are numbered through the batch from `first_round`; returns the next number.
    """
    bind = {"pass": pass_number, "action": action}
    db.run_script(connection, "TRUNCATE batch_shared, batch_claim, batch_near")
    db.run(connection, "registry/batch_signature/insert", bind)
    db.run(connection, "registry/batch_key/insert")
    # After the first pass, which brings most of them.
    db.run_script(
        connection,
        "CREATE INDEX IF NOT EXISTS batch_key_sig ON batch_key (sig);"
        " CREATE INDEX IF NOT EXISTS batch_key_value ON batch_key (kind, value);"
        " ANALYZE batch_key; ANALYZE batch_signature",
    )
    db.run(connection, "registry/batch_shared/insert")
    db.run(connection, "registry/batch_key/update_shared")
    db.run(connection, "registry/batch_claim/insert")
    _find_resembling(connection)
    round_number = first_round
    if db.run(connection, "registry/batch_signature/rule", {"pass": pass_number, "round": round_number}).rowcount:
        _write_round(connection, round_number)
        round_number += 1
    shared = db.run(connection, "registry/batch_signature/share_hold", {"pass": pass_number, "round": round_number})
    is_held = bool(shared.rowcount)
    while is_held or _open_signatures(connection):
        if round_number - first_round >= MOST_ROUNDS:
            log.warning("a knot of shared identity numbers is left for review")
            db.run(connection, "registry/batch_signature/hold_rest", {"round": round_number})
            db.run(connection, "registry/identifier_claim/insert", {"round": round_number})
            return round_number + 1
        _resolve_round(connection, action, round_number)
        round_number, is_held = round_number + 1, False
    return round_number


def _find_resembling(connection: "Connection") -> None:
    """Which signatures of the batch may be one person though no key says so: they are decided one after the other."""
    db.run(connection, "registry/batch_shared_phone/insert")
    db.run(connection, "registry/batch_near/insert")
    db.run_script(
        connection,
        "CREATE INDEX IF NOT EXISTS batch_near_sig ON batch_near (sig); ANALYZE batch_near, batch_shared_phone",
    )


def _resolve_round(connection: "Connection", action: str, round_number: int) -> None:
    bind = {"round": round_number}
    # How many are open still: with as many as there were at first, the planner reads all keys of the batch each round.
    db.run_script(
        connection,
        "TRUNCATE batch_crowd, batch_link, batch_found; ANALYZE batch_claim; ANALYZE batch_signature (state)",
    )
    db.run(connection, "registry/batch_crowd/insert")
    db.run(connection, "registry/batch_link/insert")
    db.run(connection, "registry/batch_link/redirect")
    if action == "update":
        db.run(connection, "registry/batch_link/forget_own")
    db.run_script(connection, "ANALYZE batch_crowd, batch_link")
    db.run(connection, "registry/batch_found/insert")
    if action == "update":
        db.run(connection, "registry/batch_found/insert_own")
    db.run_script(connection, "ANALYZE batch_found")
    db.run(connection, "registry/batch_candidate/insert", bind)
    follow_merged(connection, round_number)
    if action == "update":
        db.run(connection, "registry/batch_candidate/delete_settled", bind)
        db.run(connection, "registry/batch_candidate/delete_own", bind)
    db.run(connection, "registry/batch_signature/resolve", bind)
    if action == "update":
        db.run(connection, "registry/batch_signature/keep_person", bind)
    _write_round(connection, round_number)


def follow_merged(connection: "Connection", round_number: int) -> None:
    """Whoever resembles a person that was merged into another one may be that other one."""
    bind = {"round": round_number}
    if db.run(connection, "registry/batch_candidate/redirect", bind).rowcount:
        db.run(connection, "registry/batch_candidate/delete_weaker", bind)


def _write_round(connection: "Connection", round_number: int) -> None:
    bind = {"round": round_number}
    db.run(connection, "registry/person/insert", bind)
    db.run(connection, "registry/person/add_phone", bind)
    db.run(connection, "registry/person/add_marks", bind)
    db.run(connection, "registry/person/add_number_ends", bind)
    db.run(connection, "registry/person_phone/insert", bind)
    db.run(connection, "registry/match_decision/insert", bind)
    db.run(connection, "registry/person_identifier/insert", bind)
    db.run(connection, "registry/identifier_claim/insert", bind)
    db.run(connection, "registry/batch_claim/insert_round", bind)
    db.run(connection, "registry/batch_signature/reopen", bind)
    db.run(connection, "registry/batch_key/update_shared")
    refresh_statistics(connection)


def refresh_statistics(connection: "Connection") -> None:
    """A table that this transaction has filled looks empty to the planner, and joins to it row by row."""
    outdated = db.run(connection, "registry/statistics/select_outdated").scalars().all()
    if outdated:
        db.run_script(connection, f"ANALYZE {', '.join(outdated)}")


def _open_signatures(connection: "Connection") -> bool:
    from sqlalchemy import text

    return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM batch_signature WHERE state = 'open')")).scalar())
