"""The urgent dispatch of level 3 as PDF/A: ready for number, day, signature and stamp (include/letter/dispatch.typ).

The words are the template's: administrative letters are Vietnamese. What is handed to it are facts, as text in JSON:
whatever a unit's name holds is set as it is.
"""

import json
from datetime import UTC, date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

from vaxtally import db, paths
from vaxtally.outreach.words import words
from vaxtally.working_days import working_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection
    from typst import Fonts

    from vaxtally.outreach.cases import Step
    from vaxtally.settings import Settings
    from vaxtally.tally.readings import ShortDay

ABOUT = "đôn đốc nhập đủ dữ liệu tiêm chủng vắc xin phòng COVID-19"
CAUSES = ("held", "rejected", "other_unit", "declared_elsewhere", "never_received")


def letters(connection: "Connection", steps: "Iterable[Step]", as_of: date, settings: "Settings") -> dict[int, bytes]:
    """The dispatch of each proposed step, by case."""
    proposed = {step.case_id: step for step in steps if step.kind == "escalation" and step.shortfall}
    values = {"case_ids": list(proposed), "redirected": settings.mail_mode == "redirect"}
    past = db.run(connection, "outreach/escalation/history", values).all() if proposed else []
    return {row.case_id: pdf(facts(proposed[row.case_id], row, as_of, settings), as_of) for row in past}


def pdf(letter: dict[str, Any], as_of: date) -> bytes:
    """The letter as PDF/A; the same bytes for the same facts and day."""
    import typst

    try:
        return _compile(letter, as_of, ["a-2b"])
    except typst.TypstError:
        # PDF/A forbids a letter that the typeface lacks, as a Chinese one in a name: it is shown as a box.
        return _compile(letter, as_of, [])


def _compile(letter: dict[str, Any], as_of: date, standards: list[Any]) -> bytes:
    import typst

    document = typst.compile(
        paths.LETTERS / "dispatch.typ",
        root=paths.LETTERS,
        font_paths=_fonts(),
        sys_inputs={"letter": json.dumps(letter, ensure_ascii=False)},
        format="pdf",
        pdf_standards=standards,
        timestamp=datetime.combine(as_of, time(), tzinfo=UTC),
    )
    return bytes(document)


@cache
def _fonts() -> "Fonts":
    """The letter's own typeface alone: what else a machine has changes no byte."""
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(paths.LETTERS / "fonts")]
    )


def facts(step: "Step", past: Any, as_of: date, settings: "Settings") -> dict[str, Any]:
    """What the template is given; `past`: a row of escalation/history.

    The clerk writes in number and day, and month and year where they may be others.
    """
    t = words("vi")
    short_days = step.shortfall.short_days if step.shortfall else ()
    days = _by_day(short_days)
    calendar = working_days(settings)
    last_day = calendar.after(as_of, settings.approve_within_days)
    totals = [sum(numbers) for numbers in zip(*days.values(), strict=True)]
    return {
        "title": f"V/v {ABOUT}: {step.unit.name}",
        "authority": settings.letter_authority,
        "office": settings.letter_office,
        "symbol": settings.letter_symbol,
        "about": ABOUT,
        "place": settings.letter_place,
        "month": str(as_of.month) if as_of.month == last_day.month else None,
        "year": str(as_of.year) if as_of.year == last_day.year else None,
        "to": step.unit.name,
        "as_of": t.full_date(as_of),
        "missing": t.number(totals[2]),
        "day_count": t.number(len(days)),
        "span": t.span(list(days)),
        "reminded_on": past.reminded_on and t.full_date(past.reminded_on),
        "urged_on": past.urged_on and t.full_date(past.urged_on),
        "reply": past.reply_code and {"on": t.full_date(past.replied_on), "reason": t(f"reply.{past.reply_code}")},
        "days": [
            [t.number(place), t.full_date(day), *map(t.number, numbers)]
            for place, (day, numbers) in enumerate(days.items(), 1)
        ],
        "total": [t.number(total) for total in totals],
        "causes": _causes(short_days),
        "deadline": t.full_date(calendar.after(last_day, settings.dispatch_answer_days)),
        "contact": _contact(settings),
        "copies": _copies(settings, past.parent_name),
        "signer": settings.letter_signer,
        "signer_name": settings.letter_signer_name or "",
    }


def _by_day(short_days: "Iterable[ShortDay]") -> dict[date, list[int]]:
    """Reported, entered and missing of each day, in order."""
    days: dict[date, list[int]] = {}
    for short in sorted(short_days, key=lambda short: short.given_on):
        sums = days.setdefault(short.given_on, [0, 0, 0])
        for place, number in enumerate((short.reported, short.entered, short.missing)):
            sums[place] += number
    return days


def _causes(short_days: "Iterable[ShortDay]") -> list[tuple[str, str]]:
    """The parts of what is missing that are not 0."""
    t = words("vi")
    sums = {cause: sum(getattr(short, cause) for short in short_days) for cause in CAUSES}
    return [(cause, t.number(number)) for cause, number in sums.items() if number]


def _contact(settings: "Settings") -> str | None:
    """Whom the unit may write to: nobody, where the sender is a machine's name."""
    from vaxtally.outreach.transport import sender

    contact = sender(settings)
    return None if contact.endswith("@localhost") else contact


def _copies(settings: "Settings", parent_name: str | None) -> list[str]:
    """Nơi nhận, the unit's parent after the addressee."""
    first, *others = settings.letter_copies or ("Như trên",)
    names = [first, *([parent_name] if parent_name else []), *others]
    return [f"- {name}{'.' if place == len(names) else ';'}" for place, name in enumerate(names, 1)]
