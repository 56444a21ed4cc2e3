"""Level 3: proposed to the Department, and sent only when a person has approved it.

`cases.advance` proposes what is due; a proposal lapses after its deadline, or when its case closes, rests or shrinks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A case that waits for a decision. `deadline` is the last day for one."""

    case_id: int
    unit_code: str
    name: str
    proposed_on: date
    deadline: date
    opened_on: date
    missing: int


def waiting(connection: "Connection") -> list[Proposal]:
    """Every proposal that waits, the largest gap first."""
    return [Proposal(**row) for row in db.run(connection, "outreach/escalation/waiting").mappings()]


def propose(connection: "Connection", case_id: int, proposed_on: date, letter_pdf: bytes) -> bool:
    """Lay the dispatch beside a proposal of `cases.advance`; False where it does not wait (any more)."""
    values = {"case_id": case_id, "proposed_on": proposed_on, "letter_pdf": letter_pdf}
    return db.run(connection, "outreach/escalation/set_letter", values).rowcount == 1


def decide(connection: "Connection", case_ids: Sequence[int], approve: bool, by: str, as_of: date) -> list[int]:
    """Approve (level 3) or drop these cases' proposals; those it was decided for: not what lapsed or was decided."""
    values = {"case_ids": list(case_ids), "approve": approve, "decided_by": by, "as_of": as_of}
    return list(db.run(connection, "outreach/escalation/decide", values).scalars())


def lapse(connection: "Connection", as_of: date) -> list[int]:
    """Give up the proposals whose deadline passed without an answer; the cases concerned."""
    return list(db.run(connection, "outreach/escalation/lapse", {"as_of": as_of}).scalars())
