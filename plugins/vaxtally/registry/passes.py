"""The order of a batch in which corrections stand: rows that are tied to each other are decided one after the other.

Rows are tied by what they find a person or a record with: number, name and year of birth, record id, an earlier state,
and whatever the registry ties to these. Only rows tied to a correction need an order of their own; all others are
decided at once, as in a batch without corrections.
"""

from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection


def has_corrections(connection: "Connection") -> bool:
    """Whether a row of the batch that is still open changes or withdraws an earlier record."""
    from sqlalchemy import text

    question = "SELECT EXISTS (SELECT 1 FROM batch_row WHERE outcome IS NULL AND action IN ('update', 'void'))"
    return bool(connection.execute(text(question)).scalar())


def plan(connection: "Connection") -> int:
    """Fill `batch_pass` with the pass of every row that is tied to a correction; returns the last pass."""
    from sqlalchemy import text

    db.run_script(connection, db.statement("registry/batch_tie/create"))
    db.run(connection, "registry/batch_own_unit/insert")
    db.run(connection, "registry/batch_tie/insert")
    db.run_script(
        connection, "CREATE INDEX ON batch_tie (kind, value); CREATE INDEX ON batch_tie (seq); ANALYZE batch_tie"
    )
    db.run(connection, "registry/batch_tied/insert_corrections")
    round_number, reached = 0, True
    while reached:
        round_number += 1
        bind = {"round": round_number}
        reached = bool(db.run(connection, "registry/batch_reached/insert", bind).rowcount)
        db.run(connection, "registry/batch_bond/insert", bind)
        db.run(connection, "registry/batch_tied/insert", bind)
    db.run(connection, "registry/batch_pass/insert")
    db.run(connection, "registry/batch_identity/update_passes")
    db.run(connection, "registry/batch_sent/insert")
    db.run_script(connection, "ANALYZE batch_pass; ANALYZE batch_sent; ANALYZE batch_identity")
    return connection.execute(text("SELECT coalesce(max(pass), 1) FROM batch_pass")).scalar_one()
