"""Level 1: the reminder to a unit whose entries fall short of its report. The urgent mail is this one, firmer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vaxtally.outreach import causes, render, unit_picture, urgent, workbook
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.letter import Letter
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.outreach.transport import Attachment

KIND = "shortfall"
LEVELS = {"shortfall": 1, "urgent": 2}
# Lines shown in the mail itself; the attachment has them all.
LINES_SHOWN = 12
UPLOADS_NAMED = 10
# Apprise puts a picture into the HTML where its name is referred to.
PICTURE = "28-days.png"
AMBER = "#9a4a06"


def enclosures(letter: Letter) -> tuple["Attachment", ...]:
    """The workbook and the picture of a unit: made once, however many people are written to."""
    from vaxtally.outreach.transport import Attachment

    table = Attachment(_file_name(letter), workbook.MEDIA_TYPE, workbook.write(letter))
    if not has_picture(letter):
        return (table,)
    drawn = unit_picture.draw(letter.series, letter.language, letter.first_pending)
    return (Attachment(PICTURE, "image/png", drawn), table)


def has_picture(letter: Letter) -> bool:
    """False where nothing happened in the days it would show: the gap is older."""
    return any(day.totals.reported or day.totals.entered for day in letter.series)


def write(letter: Letter, name: str | None, contact: str, enclosed: Sequence["Attachment"], kind: str = KIND) -> Draft:
    """The mail to a person of that name, in the unit's language: give it an address with `.to()`."""
    t = words(letter.language)
    facts = _facts(letter, t) | {"contact": contact, "greeting": _greeting(t, letter, name)}
    if kind == urgent.KIND:
        facts |= urgent.facts(letter, t)
    return Draft(
        kind=kind,
        level=LEVELS[kind],
        as_of=letter.as_of,
        language=letter.language,
        subject=render.subject(_subject(letter, t, kind)),
        text=render.text(kind, letter.language, **facts),
        html=render.html(kind, letter.language, **facts),
        unit_code=letter.unit_code,
        attachments=tuple(enclosed),
        days=letter.days,
    )


def _file_name(letter: Letter) -> str:
    t = words(letter.language)
    return f"{t('shortfall.file')}-{letter.unit_code}-{letter.as_of:%Y%m%d}.xlsx"


def _subject(letter: Letter, t: Words, kind: str) -> str:
    days, missing, unit = len(letter.days), t.number(letter.missing), render.unit_name(letter.unit_name)
    if kind == urgent.KIND:
        return urgent.subject(letter, t, unit)
    return t("shortfall.subject", n=days, missing=missing, days=t.number(days), unit=unit)


def _facts(letter: Letter, t: Words) -> dict[str, object]:
    """What the templates of both bodies are given."""
    deadline = t.full_date(letter.deadline)
    entered, reported, missing = map(t.number, (letter.entered, letter.reported, letter.missing))
    more = len(letter.lines) - LINES_SHOWN
    preview = "shortfall.preview_waiting" if letter.is_departments else "shortfall.preview"
    return {
        "letter": letter,
        "accent": AMBER,
        "title": t("shortfall.title", n=letter.missing, missing=missing),
        "preview": t(preview, entered=entered, reported=reported, deadline=deadline),
        "lead": _lead(t, letter),
        "overall": _overall(t, letter),
        "deadline": _deadline(t, letter),
        "causes": causes.told(letter, t),
        "shares": causes.shares(letter, t),
        "picture": PICTURE if has_picture(letter) else None,
        "picture_alt": _picture_alt(t, letter),
        "shown": letter.lines[:LINES_SHOWN],
        "more": t("shortfall.more", n=more) if more > 0 else None,
        "rejected_for": [(t.rule(rule), rows) for rule, rows in letter.rejected.rules],
        "held_for": [(t.rule(rule), rows) for rule, rows in letter.held.rules],
        "rejected_uploads": _uploads(t, letter),
        "reasons": lambda rules: " ".join(t.rule(rule) for rule in rules),
        "steps": _steps(t, letter),
        "reply_how": t("reply.how", unit_code=letter.unit_code),
        "reply_what": t("reply.what", n=letter.reply_pause_days),
        "attached": t("shortfall.attachment", name=_file_name(letter)),
    }


def _greeting(t: Words, letter: Letter, name: str | None) -> str:
    if name:
        return t("shortfall.greeting", name=name)
    return t("shortfall.greeting_unit", unit=letter.unit_name)


def _lead(t: Words, letter: Letter) -> str:
    days = len(letter.days)
    return t(
        "shortfall.lead",
        n=days,
        as_of=t.full_date(letter.as_of),
        unit=letter.unit_name,
        missing=t.number(letter.missing),
        days=t.number(days),
        span=t.span(list(letter.days)),
    )


def _deadline(t: Words, letter: Letter) -> str:
    if letter.is_departments:
        return t("shortfall.nothing_to_do")
    return t("shortfall.deadline", deadline=t.full_date(letter.deadline))


def _overall(t: Words, letter: Letter) -> str:
    return t(
        "shortfall.overall",
        ratio=t.ratio(letter.overall_entered / letter.overall_reported),
        entered=t.number(letter.overall_entered),
        reported=t.number(letter.overall_reported),
    )


def _picture_alt(t: Words, letter: Letter) -> str:
    """The picture in words: for whoever does not see it, and for the plain text."""
    if not letter.series:
        return ""
    first, last = letter.series[0].given_on, letter.series[-1].given_on
    said = t(
        "picture.alt",
        first=t.short_date(first),
        last=t.full_date(last),
        reported=t.number(sum(day.totals.reported for day in letter.series)),
        entered=t.number(sum(day.totals.entered + day.totals.entered_unreported for day in letter.series)),
    )
    worst = max(letter.days.items(), key=lambda day: day[1])
    return f"{said} {t('picture.alt_worst', day=t.short_date(worst[0]), missing=t.number(worst[1]))}"


def _uploads(t: Words, letter: Letter) -> str:
    ids = letter.rejected_upload_ids
    if not ids:
        return ""
    named = t.numbers(list(ids)) if len(ids) <= UPLOADS_NAMED else ", ".join(map(str, ids[:UPLOADS_NAMED])) + ", …"
    return t("shortfall.rejected_uploads", uploads=named)


def _steps(t: Words, letter: Letter) -> list[str]:
    """What the unit is asked to do: nothing about what the Department has to settle."""
    report = t("shortfall.todo_report", unit_code=letter.unit_code)
    if letter.is_departments:
        return [report]
    steps = [t("shortfall.todo_compare"), t("shortfall.todo_enter", unit_code=letter.unit_code)]
    if letter.rejected:
        steps.append(t("shortfall.todo_fix", n=letter.rejected.rows))
    if letter.quarantined:
        steps.append(t("shortfall.todo_resend", n=len(letter.quarantined)))
    return [*steps, report]
