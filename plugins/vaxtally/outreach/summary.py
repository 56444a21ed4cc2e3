"""What a run of outreach did, in numbers and unit codes: fit for a task's log."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What one delivery run did. `waiting` mails are still queued; `note` says why, where they should have gone."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    note: str | None = None

    def __add__(self, other: "Delivery") -> "Delivery":
        """Both runs together; of the notes, those on mails that wait."""
        notes = [each.note for each in (self, other) if each.note and (each.waiting or each.failed)]
        return Delivery(
            sent=self.sent + other.sent,
            failed=self.failed + other.failed,
            unknown=self.unknown + other.unknown,
            waiting=self.waiting + other.waiting,
            note="; ".join(notes) or self.note or other.note,
        )


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
        values = asdict(self) | asdict(self.delivery)
        del values["delivery"], values["note"]
        return values | {"as_of": self.as_of.isoformat(), "notes": [*self.notes, *filter(None, [self.delivery.note])]}
