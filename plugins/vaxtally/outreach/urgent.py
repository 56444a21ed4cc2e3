"""Level 2: what the urgent mail says otherwise than the reminder."""

from datetime import date

from vaxtally.outreach.letter import Letter
from vaxtally.outreach.words import Words

KIND = "urgent"
RED = "#a11a14"


def subject(letter: Letter, t: Words, unit: str) -> str:
    """When it was asked for, what is missing, and until when."""
    missing, deadline = t.number(letter.missing), t.full_date(letter.deadline)
    if not letter.asked:
        return t("urgent.subject_unreached", missing=missing, deadline=deadline, unit=unit)
    asked_on = t.full_date(letter.asked[0].on)
    return t("urgent.subject", missing=missing, asked_on=asked_on, deadline=deadline, unit=unit)


def facts(letter: Letter, t: Words) -> dict[str, object]:
    """What the urgent mail says otherwise: what was asked and when, until when, and what happens then."""
    missing, now = t.number(letter.missing), t.full_date(letter.as_of)
    asked = [(t.full_date(each.on), t(f"urgent.asked_{each.kind}"), t.number(each.missing)) for each in letter.asked]
    share = t.number(round(letter.shrink_share * 100)) + "%"
    said: dict[str, object] = {
        "accent": RED,
        "next_step": t("urgent.next", next_on=t.full_date(letter.next_on), share=share),
        "asked": [*asked, (now, t("urgent.asked_now"), missing)],
    }
    if not letter.asked:
        return said | {"lead": _lead(t, letter, "urgent.lead_unreached", since=letter.opened_on)}
    since, deadline = letter.asked[0].on, t.full_date(letter.deadline)
    return said | {
        "title": t("urgent.title", n=letter.missing, missing=missing),
        "preview": t("urgent.preview", asked_on=t.full_date(since), deadline=deadline),
        "lead": _lead(t, letter, "urgent.lead", since=since),
    }


def _lead(t: Words, letter: Letter, key: str, since: date) -> str:
    days = letter.days
    return t(
        key,
        n=len(days),
        unit=letter.unit_name,
        times=t.number(len(letter.asked)),
        since=t.full_date(since),
        as_of=t.full_date(letter.as_of),
        missing=t.number(letter.missing),
        days=t.number(len(days)),
        span=t.span(list(days)),
    )
