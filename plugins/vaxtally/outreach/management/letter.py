"""The weekly report as a mail: shortened, with its pictures inside, and the whole of it attached as page and PDF."""

from dataclasses import replace
from typing import TYPE_CHECKING

from vaxtally.outreach import bulletin, render
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.management import files, pages
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from vaxtally.outreach.management.document import Report, Section, Table
    from vaxtally.outreach.management.week import Week
    from vaxtally.outreach.transport import Attachment
    from vaxtally.outreach.words import Words

KIND = "digest"
# Of a digest, level 0 is the daily one and 1 this.
LEVEL = 1
# A mail program that shows no more than 100 kB shows all of it.
LINES_SHOWN = 5
# What the picture shows already.
PICTURE_ONLY = ("trend", "districts")


def write(week: "Week", report: "Report", contact: str) -> Draft:
    """The mail, for anybody: give it a recipient with `.to()`."""
    t = words(report.language)
    page, printed = files.names(report)
    table = f"{t('week.file_units')}-{report.as_of:%Y%m%d}.csv"
    facts = {
        "report": report,
        "title": report.title,
        "preview": _preview(week, t),
        "quiet": [section.lead for section in report.sections if not section.has_news],
        "spoken": _spoken,
        "attached": t("week.attached", pdf=printed, html=page, csv=table),
        "contact": contact,
    }
    return Draft(
        kind=KIND,
        level=LEVEL,
        as_of=week.as_of,
        language=report.language,
        subject=render.subject(_subject(week, t)),
        text=render.text("management", report.language, sections=_sections(report, t, pictures=False), **facts),
        html=render.html("management", report.language, sections=_sections(report, t, pictures=True), **facts),
        attachments=(
            *_pictures(report),
            _attachment(printed, "application/pdf", pages.pdf(report)),
            _attachment(page, "text/html", pages.html(report).encode()),
            _attachment(table, "text/csv", bulletin.units_csv(week.city, t)),
        ),
    )


def _subject(week: "Week", t: "Words") -> str:
    day = t.full_date(week.as_of)
    if not week.short:
        return t("week.subject_complete" if week.now.reported else "week.subject_nothing", as_of=day)
    facts = {
        "as_of": day,
        "ratio": t.ratio(week.now.ratio),
        "missing": t.number(week.now.missing),
        "units": t.number(len(week.short)),
    }
    if week.before.ratio is None:
        return t("week.subject_first", n=len(week.short), **facts)
    return t("week.subject", n=len(week.short), points=t.points(week.now.ratio, week.before.ratio), **facts)


def _preview(week: "Week", t: "Words") -> str:
    if week.before.ratio is None:
        return t("week.preview_first")
    return t(
        "week.preview",
        points=t.points(week.now.ratio, week.before.ratio),
        improved=t.number(len(week.improved)),
        worsened=t.number(len(week.worsened)),
    )


def _sections(report: "Report", t: "Words", pictures: bool) -> "list[Section]":
    """What there is to report, shortened; the text has the tables of what the HTML shows as a picture."""
    found = []
    for section in report.sections:
        drawn = section.name in PICTURE_ONLY
        tables = section.tables if drawn else tuple(_cut(table, t) for table in section.tables)
        if section.has_news and (pictures or tables):
            found.append(replace(section, tables=() if drawn and pictures else tables))
    return found


def _cut(table: "Table", t: "Words") -> "Table":
    """The first lines; `hidden` grows by those left out here."""
    hidden = table.hidden + max(len(table.rows) - LINES_SHOWN, 0)
    more = t("week.more", n=hidden) if hidden else None
    return replace(table, rows=table.rows[:LINES_SHOWN], hidden=hidden, more=more)


def _spoken(table: "Table", row: tuple[str, ...]) -> str:
    """A row without its table: what it is about, then each value with its heading."""
    subject = next(n for n, (_, side) in enumerate(table.headings) if side == "left")
    values = [f"{name} {row[n]}" for n, (name, _) in enumerate(table.headings) if n != subject and row[n]]
    return f"{row[subject].rstrip('.')}: {', '.join(values)}"


def _pictures(report: "Report") -> "list[Attachment]":
    drawn = [section.picture for section in report.sections if section.picture]
    return [_attachment(f"{picture.name}.png", "image/png", picture.png) for picture in drawn]


def _attachment(name: str, media_type: str, content: bytes) -> "Attachment":
    from vaxtally.outreach.transport import Attachment

    return Attachment(name, media_type, content)
