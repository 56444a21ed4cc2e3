"""The short mails of a case: thanks where its gap is closed, a correction where its report was lowered since."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from vaxtally.outreach import render
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.outreach.cases import Step

KINDS = ("closed", "correction")


def urgent(reminder: Draft) -> Draft:
    """Level 2 says what the reminder says, and that it is urgent."""
    t = words(reminder.language)
    subject = render.subject(t("note.urgent_subject", subject=reminder.subject))
    return replace(reminder, kind="urgent", level=2, subject=subject)


def write(step: "Step", as_of: date, officer: str | None, contact: str) -> Draft:
    """The thank-you or the correction of a step."""
    t = words(step.unit.language)
    lowered = t.number(step.detail.get("lowered", 0))
    greeting = t("shortfall.greeting", name=officer) if officer else t("shortfall.greeting_unit", unit=step.unit.name)
    facts = {
        "title": t(f"note.{step.kind}_title"),
        "preview": t(f"note.{step.kind}_preview", lowered=lowered),
        "greeting": greeting,
        "lines": _thanks(t, step, as_of) if step.kind == "closed" else _correction(t, step, as_of),
        "contact": contact,
    }
    return Draft(
        kind=step.kind,
        level=step.level,
        as_of=as_of,
        language=t.language,
        subject=render.subject(t(f"note.{step.kind}_subject", unit=step.unit.name)),
        text=render.text("note", t.language, **facts),
        html=render.html("note", t.language, **facts),
        unit_code=step.unit.unit_code,
        case_id=step.case_id,
    )


def _thanks(t: Words, step: "Step", as_of: date) -> list[str]:
    return [
        t("note.closed_done", as_of=t.full_date(as_of), unit=step.unit.name),
        t("note.closed_end", opened_on=t.full_date(step.opened_on)),
    ]


def _correction(t: Words, step: "Step", as_of: date) -> list[str]:
    said = step.detail
    told_on, lowered = t.full_date(date.fromisoformat(said["told_on"])), t.number(said["lowered"])
    left = "note.correction_left" if said["missing"] else "note.correction_none"
    return [
        t("note.correction_why", told_on=told_on, told=t.number(said["told"]), unit=step.unit.name, lowered=lowered),
        t(left, as_of=t.full_date(as_of), missing=t.number(said["missing"])),
    ]
