"""The receipt: what became of one file that a unit sent, and what is to be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from vaxtally.outreach import render
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.settings import Settings

KIND = "receipt"
LEVEL = 0
REASONS_SHOWN = 5
OUTCOMES = ("loaded", "updated", "voided", "duplicate", "held", "rejected")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Everything the mail says of a file. The file is named by its upload id: its own name may be a person's."""

    upload_id: int
    kind: str
    unit_code: str
    unit_name: str
    officer: str | None
    language: str
    status: str
    received_on: date
    saved_at: datetime
    repeats_upload_id: int | None
    rows: Mapping[str, int]
    # (rule, rows), the most frequent first; a row may fail several rules
    rejected_for: Sequence[tuple[str, int]]
    held_for: Sequence[tuple[str, int]]
    # why the file itself was refused
    file_messages: Sequence[str]
    # the folder of the unit's answers, as the unit can find it
    place: str

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def rejected(self) -> int:
        return self.rows["rejected"]

    @property
    def held(self) -> int:
        return self.rows["held"]

    @property
    def accepted(self) -> int:
        """Rows that are in the registry as the unit wants them, by this file or an earlier one."""
        return self.total - self.rejected - self.held

    @property
    def has_fix_file(self) -> bool:
        return self.kind == "upload" and self.rejected + self.held > 0

    @property
    def is_refused(self) -> bool:
        return self.status == "quarantined"


def receipt(file: Any, reasons: Mapping[str, Sequence[tuple[str, int]]], settings: "Settings") -> Receipt:
    """The receipt for a row of outreach/receipt/select_due."""
    folder = f"{file.unit_code}/reports/" if file.kind == "report" else f"{file.unit_code}/"
    return Receipt(
        upload_id=file.upload_id,
        kind=file.kind,
        unit_code=file.unit_code,
        unit_name=file.unit_name,
        officer=file.data_officer_name,
        language=file.language,
        status=file.status,
        received_on=file.received_on,
        saved_at=file.modified_at.astimezone(settings.timezone),
        repeats_upload_id=file.repeats_upload_id,
        rows={name: getattr(file, f"rows_{name}") for name in OUTCOMES},
        rejected_for=tuple(reasons.get("rejected", ())),
        held_for=tuple(reasons.get("held", ())),
        file_messages=tuple(file.file_messages),
        place=f"{settings.outbox_url.rstrip('/')}/{folder}" if settings.outbox_url else folder,
    )


def write(found: Receipt, contact: str) -> Draft:
    """The mail in the unit's language, for anybody: give it a recipient with `.to()`."""
    t = words(found.language)
    facts = _facts(found, t) | {"contact": contact}
    return Draft(
        kind=KIND,
        level=LEVEL,
        as_of=found.received_on,
        language=found.language,
        subject=render.subject(f"{_title(found, t)} — {render.unit_name(found.unit_name)}"),
        text=render.text(KIND, found.language, **facts),
        html=render.html(KIND, found.language, **facts),
        unit_code=found.unit_code,
        upload_id=found.upload_id,
    )


def _title(found: Receipt, t: Words) -> str:
    """What is essential: also the mail's subject."""
    number = found.upload_id
    if found.is_refused:
        return t("receipt.title_refused", id=number)
    if found.rejected:
        return t("receipt.title_rejected", n=found.rejected, id=number)
    if found.held:
        return t("receipt.title_held", n=found.held, id=number)
    if found.status == "repeated":
        return t("receipt.title_repeated", id=number, first=found.repeats_upload_id)
    if found.status == "empty":
        return t("receipt.title_empty", id=number)
    return t("receipt.title_sound", n=found.total, id=number)


def _facts(found: Receipt, t: Words) -> dict[str, object]:
    """What the templates of both bodies are given."""
    return {
        "receipt": found,
        "title": _title(found, t),
        "preview": t("receipt.preview", accepted=t.number(found.accepted), total=t.number(found.total)),
        "greeting": _greeting(found, t),
        "lead": _lead(found, t),
        "outcomes": [(t(f"receipt.{name}"), rows) for name, rows in found.rows.items() if rows],
        "rejected_for": _reasons(found.rejected_for, t),
        "held_for": _reasons(found.held_for, t),
        "steps": _steps(found, t),
        "is_link": found.place.startswith(("https://", "http://")),
    }


def _greeting(found: Receipt, t: Words) -> str:
    if found.officer:
        return t("receipt.greeting", name=found.officer)
    return t("receipt.greeting_unit", unit=found.unit_name)


def _lead(found: Receipt, t: Words) -> str:
    saved = t("receipt.moment", time=f"{found.saved_at:%H:%M}", day=t.full_date(found.saved_at.date()))
    kind = "report" if found.kind == "report" else "list"
    return t(f"receipt.lead_{kind}", unit=found.unit_name, day=t.full_date(found.received_on), saved=saved)


def _reasons(reasons: Sequence[tuple[str, int]], t: Words) -> list[tuple[str, int]]:
    return [(t.rule(rule), rows) for rule, rows in reasons[:REASONS_SHOWN]]


def _steps(found: Receipt, t: Words) -> list[str]:
    """What the unit is asked to do; nothing where nothing is to be done."""
    if found.is_refused and not found.has_fix_file:
        return [t("receipt.todo_resend", folder=_drop_folder(found))]
    if not found.rejected:
        return []
    if not found.has_fix_file:
        return [t("receipt.todo_result", place=found.place), t("receipt.todo_send", folder=_drop_folder(found))]
    steps = [t("receipt.todo_open", place=found.place), t("receipt.todo_correct")]
    return [*steps, t("receipt.todo_send_fix", folder=_drop_folder(found))]


def _drop_folder(found: Receipt) -> str:
    return f"{found.unit_code}/{'reports' if found.kind == 'report' else 'uploads'}"
