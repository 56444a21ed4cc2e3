"""The short mails of a case: thanks where its gap is closed, a correction where its report was lowered since.

And those of level 3 to the Department: the dispatch, and what waits for a decision or was not sent for want of one.
"""

from datetime import date
from typing import TYPE_CHECKING

from vaxtally.outreach import render
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaxtally.outreach.cases import Step
    from vaxtally.outreach.escalations import Letter, Undecided

KINDS = ("closed", "correction")
# Units named in a mail to the Department; the approval's page and `vaxtally cases waiting` have them all.
UNITS_NAMED = 20
# Behind the name of the office, where a mail is urgent.
RED_BAND = "#7a1712"


def write(step: "Step", as_of: date, officer: str | None, contact: str, left: int = 0) -> Draft:
    """The thank-you or the correction of a step. `left`: due doses that a case closed without, within tolerance."""
    t = words(step.unit.language)
    said = "within" if step.kind == "closed" and left else step.kind
    lowered, missing = (t.number(step.detail.get(name, 0)) for name in ("lowered", "missing"))
    greeting = t("shortfall.greeting", name=officer) if officer else t("shortfall.greeting_unit", unit=step.unit.name)
    facts = {
        "title": t(f"note.{said}_title"),
        "kicker": t(f"note.{step.kind}_kicker"),
        "tone": "green" if step.kind == "closed" else "water",
        "preview": t(f"note.{said}_preview", lowered=lowered, left=t.number(left)),
        "greeting": greeting,
        "lines": [_thanks(t, step, as_of, left)] if step.kind == "closed" else _correction(t, step, as_of),
        "notice": (t("note.closed_end", opened_on=t.full_date(step.opened_on)), ()) if step.kind == "closed" else None,
        "figures": _figures(t, step) if step.kind == "correction" else (),
        "contact": contact,
    }
    unit = render.unit_name(step.unit.name)
    return Draft(
        kind=step.kind,
        level=step.level,
        as_of=as_of,
        language=t.language,
        subject=render.subject(t(f"note.{said}_subject", unit=unit, lowered=lowered, missing=missing)),
        text=render.text("note", t.language, **facts),
        html=render.html("note", t.language, **facts),
        unit_code=step.unit.unit_code,
        case_id=step.case_id,
    )


def _thanks(t: Words, step: "Step", as_of: date, left: int) -> str:
    done = "note.within_done" if left else "note.closed_done"
    return t(done, as_of=t.full_date(as_of), unit=step.unit.name, left=t.number(left))


def _correction(t: Words, step: "Step", as_of: date) -> list[str]:
    said = step.detail
    told_on, lowered = t.full_date(date.fromisoformat(said["told_on"])), t.number(said["lowered"])
    left = "note.correction_left" if said["missing"] else "note.correction_none"
    return [
        t("note.correction_why", told_on=told_on, told=t.number(said["told"]), unit=step.unit.name, lowered=lowered),
        t(left, as_of=t.full_date(as_of), missing=t.number(said["missing"])),
    ]


def dispatch(letter: "Letter", as_of: date, language: str, contact: str) -> Draft:
    """Level 3, approved: the letter to the Department, which signs it and sends it on."""
    from vaxtally.outreach.transport import Attachment

    t = words(language)
    missing, days, unit = t.number(letter.missing), t.number(letter.days), render.unit_name(letter.name)
    facts = {
        "title": t("note.escalation_title"),
        "preview": t("note.escalation_preview", unit=letter.name, missing=missing),
        "greeting": t("note.department_greeting"),
        "lines": [
            t(
                "note.escalation_why",
                unit=letter.name,
                unit_code=letter.unit_code,
                missing=missing,
                days=days,
                proposed_on=t.full_date(letter.proposed_on),
            ),
            t("note.escalation_approved", by=letter.decided_by, as_of=t.full_date(as_of)),
        ],
        "kicker": t("note.escalation_kicker"),
        "tone": "red",
        "band": RED_BAND,
        "figures": [
            (t("note.figure_missing"), missing, "#a11a14"),
            (t("note.figure_days"), days, "#17324d"),
        ],
        "notice": (t("note.escalation_next"), [t("note.escalation_todo", file=letter.file_name)]),
        "contact": contact,
    }
    return Draft(
        kind="escalation",
        level=3,
        as_of=as_of,
        language=language,
        subject=render.subject(t("note.escalation_subject", unit=unit, missing=missing, days=days)),
        text=render.text("note", language, **facts),
        html=render.html("note", language, **facts),
        unit_code=letter.unit_code,
        case_id=letter.case_id,
        attachments=(Attachment(letter.file_name, "application/pdf", letter.letter_pdf),),
    )


def undecided(events: "Sequence[Undecided]", as_of: date, language: str, contact: str) -> Draft:
    """What of level 3 waits for the Department's decision, and what lapsed without one."""
    t = words(language)
    waiting = [each for each in events if each.event == "proposed"]
    lapsed = [each for each in events if each.event == "lapsed"]
    sections = []
    if lapsed:
        sections.append(_section(t, t("note.undecided_lapsed", n=len(lapsed)), lapsed))
    if waiting:
        deadline = t.full_date(min(each.deadline for each in waiting))
        sections.append(_section(t, t("note.undecided_waiting", n=len(waiting), deadline=deadline), waiting))
    title = "note.undecided_title" if waiting else "note.undecided_lapsed_title"
    facts = {
        "title": t(title, n=len(waiting or lapsed)),
        "preview": sections[0][0],
        "greeting": t("note.department_greeting"),
        "lines": (),
        "kicker": t("note.undecided_kicker"),
        "tone": "red",
        "sections": sections,
        "notice": (t("note.undecided_todo"), ()) if waiting else None,
        "contact": contact,
    }
    return Draft(
        kind="alert",
        level=3,
        as_of=as_of,
        language=language,
        subject=render.subject(facts["title"]),
        text=render.text("note", language, **facts),
        html=render.html("note", language, **facts),
    )


def _section(t: Words, lead: str, events: "Sequence[Undecided]") -> tuple[str, tuple[str, str], list[tuple[str, str]]]:
    """What is said, the heads, and a line for each unit, the largest gap first; the last one says how many more."""
    rows = [(f"{each.name} ({each.unit_code})", t.number(each.missing)) for each in events[:UNITS_NAMED]]
    if more := events[UNITS_NAMED:]:
        rows.append((t("note.undecided_more", n=len(more)), t.number(sum(each.missing for each in more))))
    return lead, (t("note.unit"), t("note.figure_missing")), rows


def _figures(t: Words, step: "Step") -> list[tuple[str, str, str]]:
    """What was told, by how much the report fell, and what is left: label, figure, colour."""
    said = step.detail
    return [
        (t("note.figure_told"), t.number(said["told"]), "#17324d"),
        (t("note.figure_lowered"), t.number(said["lowered"]), "#0b6e8a"),
        (t("note.figure_missing"), t.number(said["missing"]), "#9a4a06" if said["missing"] else "#17324d"),
    ]
