"""Level 3: proposed to the Department with its letter, and sent only when a person has approved it.

`cases.decide` proposes what is due; a proposal lapses after its deadline, or when its case closes, rests or shrinks.
A person decides with `outreach.approval`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A case that waits for a decision. `deadline` is the last day for one.

    `missing` doses on `days` days from `first_day` on, as of `proposed_on`. `contact_problems`: of `no_address`,
    `refused`, `unreachable`, `unknown`: why the unit may not know.
    """

    case_id: int
    unit_code: str
    name: str
    proposed_on: date
    deadline: date
    opened_on: date
    missing: int
    days: int
    first_day: date
    reply_code: str | None
    replied_on: date | None
    contact_problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The dispatch of a proposal. `decided_by`: who approved it, None while it waits."""

    case_id: int
    unit_code: str
    name: str
    proposed_on: date
    decided_by: str | None
    letter_pdf: bytes
    missing: int
    days: int

    @property
    def file_name(self) -> str:
        """As it is called on disk and in the mail: ASCII, as mail programs want it."""
        return f"cong-van-khan-{self.unit_code}-{self.proposed_on:%Y%m%d}.pdf"


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """Level 3 of a case today: `event` is `proposed`, or `lapsed` where the deadline passed without an answer."""

    event: str
    case_id: int
    unit_code: str
    name: str
    missing: int
    deadline: date


def waiting(connection: "Connection", case_ids: Sequence[int] | None = None) -> list[Proposal]:
    """Every proposal that waits (of these cases), the largest gap first."""
    values = {"case_ids": None if case_ids is None else list(case_ids)}
    rows = db.run(connection, "outreach/escalation/waiting", values).mappings()
    return [_proposal(dict(row)) for row in rows]


def _proposal(values: dict[str, Any]) -> Proposal:
    values["contact_problems"] = tuple(values["contact_problems"])
    return Proposal(**values)


def letters(connection: "Connection", case_ids: Sequence[int]) -> list[Letter]:
    """The letters of these cases' proposals that wait or are approved."""
    rows = db.run(connection, "outreach/escalation/letters", {"case_ids": list(case_ids)}).mappings()
    return [Letter(**row) for row in rows]


def undecided(connection: "Connection", as_of: date, since: date | None = None) -> list[Undecided]:
    """What was proposed on that day (or since an earlier one) and waits, and what lapsed as nobody had decided."""
    values = {"as_of": as_of, "since": since or as_of}
    return [Undecided(**row) for row in db.run(connection, "outreach/escalation/undecided", values).mappings()]


def propose(connection: "Connection", case_id: int, proposed_on: date, letter_pdf: bytes) -> bool:
    """Lay the dispatch beside a proposal of `cases.decide`; False where it does not wait (any more)."""
    values = {"case_id": case_id, "proposed_on": proposed_on, "letter_pdf": letter_pdf}
    return db.run(connection, "outreach/escalation/set_letter", values).rowcount == 1


def decide(connection: "Connection", case_ids: Sequence[int], approve: bool, by: str, as_of: date) -> list[int]:
    """Approve (level 3) or drop these cases' proposals; those it was decided for: not what lapsed or was decided."""
    values = {"case_ids": list(case_ids), "approve": approve, "decided_by": by, "as_of": as_of}
    return list(db.run(connection, "outreach/escalation/decide", values).scalars())


def lapse(connection: "Connection", as_of: date) -> list[int]:
    """Give up the proposals whose deadline passed without an answer; the cases concerned."""
    return list(db.run(connection, "outreach/escalation/lapse", {"as_of": as_of}).scalars())
