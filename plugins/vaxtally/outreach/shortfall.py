"""Level 1: the mail to a unit whose entries fall short of its report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.outreach import render
from vaxtally.outreach.attachment import csv_bytes
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.tally.readings import QuarantinedFile, UnitShortfall

KIND = "shortfall"
LEVEL = 1
# Complaints about records are to be answered within 48 hours (dispatch 9458/BYT-CNTT).
ANSWER_WITHIN_DAYS = 2
# Lines shown in the mail itself; the attachment has them all.
LINES_SHOWN = 12
UPLOADS_NAMED = 10


@dataclass(frozen=True)
class Line:
    """A day, vaccine and dose that falls short."""

    given_on: date
    vaccine_name: str
    dose_number: int
    reported: int
    entered: int
    missing: int


@dataclass(frozen=True)
class Waiting:
    """Rows that wait: how many, and by rule, the most frequent first. A row may fail several rules."""

    rows: int
    rules: tuple[tuple[str, int], ...]

    def __bool__(self) -> bool:
        return self.rows > 0


@dataclass(frozen=True)
class Letter:
    """Everything the mail says of a unit. Sums are over `lines`: reported - entered = missing.

    `overall_entered`: of all due doses reported, those entered; what was entered beyond a report makes up for nothing.
    """

    unit_code: str
    unit_name: str
    officer: str | None
    language: str
    as_of: date
    lines: tuple[Line, ...]
    overall_reported: int
    overall_entered: int
    rejected: Waiting
    held: Waiting
    quarantined: tuple["QuarantinedFile", ...]
    rejected_upload_ids: tuple[int, ...]

    @property
    def reported(self) -> int:
        return sum(line.reported for line in self.lines)

    @property
    def entered(self) -> int:
        return sum(line.entered for line in self.lines)

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)

    @property
    def ratio(self) -> float:
        return self.entered / self.reported

    @property
    def days(self) -> dict[date, int]:
        """Doses missing by day, in order."""
        found: dict[date, int] = {}
        for line in sorted(self.lines, key=lambda line: line.given_on):
            found[line.given_on] = found.get(line.given_on, 0) + line.missing
        return found

    @property
    def deadline(self) -> date:
        return self.as_of + timedelta(days=ANSWER_WITHIN_DAYS)


def letter(found: "UnitShortfall", as_of: date, rejected_upload_ids: Sequence[int]) -> Letter:
    """The letter to the unit of a tally reading."""
    unit = found.unit
    return Letter(
        unit_code=unit.unit_code,
        unit_name=unit.name,
        officer=unit.data_officer_name,
        language=unit.language,
        as_of=as_of,
        lines=tuple(
            Line(
                day.given_on,
                reference.vaccines()[day.vaccine]["name"],
                day.dose_number,
                day.reported,
                day.entered,
                day.missing,
            )
            for day in found.short_days
        ),
        overall_reported=found.totals.reported,
        overall_entered=found.totals.reported - found.totals.shortfall,
        rejected=_waiting(found, "rejected"),
        held=_waiting(found, "held"),
        quarantined=found.quarantined_files,
        rejected_upload_ids=tuple(rejected_upload_ids),
    )


def _waiting(found: "UnitShortfall", outcome: str) -> Waiting:
    by_rule = [(rows.rule, rows.rows) for rows in found.open_rows if rows.outcome == outcome and rows.rule]
    return Waiting(found.rows_open(outcome), tuple(sorted(by_rule, key=lambda pair: (-pair[1], pair[0]))))


def write(letter: Letter, recipient: str, contact: str) -> Draft:
    """The mail to one recipient, in the unit's language."""
    from vaxtally.outreach.transport import Attachment

    t = words(letter.language)
    file_name = f"{t('shortfall.file')}-{letter.unit_code}-{letter.as_of:%Y%m%d}.csv"
    facts = _facts(letter, t) | {"contact": contact, "attached": t("shortfall.attachment", name=file_name)}
    return Draft(
        kind=KIND,
        level=LEVEL,
        as_of=letter.as_of,
        language=letter.language,
        subject=render.subject(_subject(letter, t)),
        text=render.text(KIND, letter.language, **facts),
        html=render.html(KIND, letter.language, **facts),
        recipient=recipient,
        recipient_name=letter.officer,
        unit_code=letter.unit_code,
        attachments=(Attachment(file_name, "text/csv", _csv(t, letter)),),
        days=letter.days,
    )


def _subject(letter: Letter, t: Words) -> str:
    days = len(letter.days)
    missing = t.number(letter.missing)
    return t("shortfall.subject", n=days, missing=missing, days=t.number(days), unit=letter.unit_name)


def _facts(letter: Letter, t: Words) -> dict[str, object]:
    """What the templates of both bodies are given."""
    deadline = t.full_date(letter.deadline)
    entered, reported, missing = map(t.number, (letter.entered, letter.reported, letter.missing))
    more = len(letter.lines) - LINES_SHOWN
    return {
        "letter": letter,
        "title": t("shortfall.title", n=letter.missing, missing=missing),
        "preview": t("shortfall.preview", entered=entered, reported=reported, deadline=deadline),
        "greeting": _greeting(t, letter),
        "lead": _lead(t, letter),
        "overall": _overall(t, letter),
        "shown": letter.lines[:LINES_SHOWN],
        "more": t("shortfall.more", n=more) if more > 0 else None,
        "rejected_uploads": _uploads(t, letter),
        "reasons": lambda rules: " ".join(t.rule(rule) for rule in rules),
        "steps": _steps(t, letter),
        "deadline": t("shortfall.deadline", deadline=deadline),
    }


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


def _overall(t: Words, letter: Letter) -> str:
    return t(
        "shortfall.overall",
        ratio=t.ratio(letter.overall_entered / letter.overall_reported),
        entered=t.number(letter.overall_entered),
        reported=t.number(letter.overall_reported),
    )


def _greeting(t: Words, letter: Letter) -> str:
    if letter.officer:
        return t("shortfall.greeting", name=letter.officer)
    return t("shortfall.greeting_unit", unit=letter.unit_name)


def _uploads(t: Words, letter: Letter) -> str:
    ids = letter.rejected_upload_ids
    if not ids:
        return ""
    named = t.numbers(list(ids)) if len(ids) <= UPLOADS_NAMED else ", ".join(map(str, ids[:UPLOADS_NAMED])) + ", …"
    return t("shortfall.rejected_uploads", uploads=named)


def _steps(t: Words, letter: Letter) -> list[str]:
    steps = [t("shortfall.todo_compare"), t("shortfall.todo_enter", unit_code=letter.unit_code)]
    if letter.rejected:
        steps.append(t("shortfall.todo_fix", n=letter.rejected.rows))
    if letter.quarantined:
        steps.append(t("shortfall.todo_resend", n=len(letter.quarantined)))
    return [*steps, t("shortfall.todo_report", unit_code=letter.unit_code)]


def _csv(t: Words, letter: Letter) -> bytes:
    header = [t(f"csv.{name}") for name in ("given_on", "vaccine", "dose_number", "reported", "entered", "missing")]
    rows = (
        (line.given_on.isoformat(), line.vaccine_name, line.dose_number, line.reported, line.entered, line.missing)
        for line in letter.lines
    )
    return csv_bytes(header, rows)
