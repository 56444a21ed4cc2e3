"""What a run of outreach did, in numbers and unit codes: fit for a task's log."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What one delivery run did, and how the ledger stands after it. `reason`: why nothing was sent at all."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    # of the failed: for the last time
    given_up: int = 0
    # still queued; failed and to be tried again, and of these refused; unknown and not decided by a person yet
    waiting: int = 0
    retrying: int = 0
    refused: int = 0
    undecided: int = 0
    reason: str | None = None

    def __add__(self, other: "Delivery") -> "Delivery":
        """Both runs together."""
        numbers = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "reason"}
        both = {name: number + getattr(other, name) for name, number in numbers.items()}
        return Delivery(**both, reason=self.reason or other.reason)

    @property
    def note(self) -> str | None:
        """In sentences, what was not sent, or may not have arrived, and what becomes of it."""
        said = [f"{self.reason}: mails that stay queued: {self.waiting}"] if self.reason else []
        if self.retrying:
            said.append(f"Mails that failed: {self.retrying}; a later run tries them again")
        if self.given_up:
            said.append(f"Mails given up: {self.given_up} (vaxtally mails list --status failed)")
        if self.undecided:
            unknown = f"Mails whose delivery is unknown, and that are never repeated by themselves: {self.undecided}"
            said.append(f"{unknown} (vaxtally mails list --status unknown)")
        return "; ".join(said) or None

    def as_dict(self) -> dict[str, Any]:
        """The numbers, and the note among `notes`."""
        numbers = asdict(self)
        del numbers["reason"]
        return numbers | {"notes": [self.note] if self.note else []}


@dataclass(frozen=True, kw_only=True)
class OutreachSummary:
    """What `remind_units` or `send_digest` did. `delivery` covers every mail of that kind that waited."""

    kind: str
    as_of: date
    # mails that are new in the ledger
    written: int = 0
    delivery: Delivery = Delivery()
    # units with a due shortfall, and those of them that cannot be written to
    units_short: int = 0
    units_without_address: tuple[str, ...] = ()
    units_closed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON takes it; the delivery's numbers stand beside the others."""
        delivery = self.delivery.as_dict()
        values = asdict(self) | delivery
        del values["delivery"]
        return values | {"as_of": self.as_of.isoformat(), "notes": [*self.notes, *delivery["notes"]]}
