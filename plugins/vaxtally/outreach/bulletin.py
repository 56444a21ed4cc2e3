"""The words of the digest: from the city's state to a mail."""

from itertools import groupby
from typing import TYPE_CHECKING

from vaxtally.outreach import picture, render
from vaxtally.outreach.attachment import csv_bytes
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.remind import is_closed
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.outreach.city import City
    from vaxtally.tally.readings import RankedUnit, SilentUnit

KIND = "digest"
UNITS_SHOWN = 15
LINES_SHOWN = 10
# Apprise puts a picture into the HTML where its name is referred to.
PICTURE = "28-days.png"


def write(city: "City", language: str, contact: str) -> Draft:
    """The digest in one language, for anybody: give it a recipient with `.to()`."""
    from vaxtally.outreach.transport import Attachment

    t = words(language)
    file_name = f"{t('digest.file')}-{city.as_of:%Y%m%d}.csv"
    facts = _facts(city, t) | {"contact": contact, "attached": t("digest.attachment", name=file_name)}
    return Draft(
        kind=KIND,
        level=0,
        as_of=city.as_of,
        language=language,
        subject=render.subject(_subject(city, t)),
        text=render.text(KIND, language, **facts),
        html=render.html(KIND, language, **facts),
        attachments=(
            Attachment(PICTURE, "image/png", picture.draw(city.series, t, city.first_pending)),
            Attachment(file_name, "text/csv", _csv(city, t)),
        ),
    )


def _subject(city: "City", t: Words) -> str:
    day = t.date(city.as_of)
    if not city.short:
        return t("digest.subject_complete", as_of=day)
    units = len(city.short)
    figures = {"units": t.number(units), "missing": t.number(city.missing), "ratio": t.ratio(city.ratio)}
    return t("digest.subject", n=units, as_of=day, **figures)


def _facts(city: "City", t: Words) -> dict[str, object]:
    figures = {"entered": t.number(city.entered), "reported": t.number(city.reported)}
    units = len(city.short)
    return {
        "city": city,
        "title": t("digest.title", as_of=t.date(city.as_of)),
        "preview": t("digest.preview", **figures),
        "lead": _lead(city, t, figures),
        "surplus": _surplus(city, t),
        "picture": PICTURE,
        "ranking": city.short[:UNITS_SHOWN],
        "more_units": t("digest.more_units", n=units - UNITS_SHOWN) if units > UNITS_SHOWN else None,
        "sections": [section for section in _sections(city, t) if section["lines"]],
    }


def _lead(city: "City", t: Words, figures: dict[str, str]) -> str:
    if not city.reported:
        return t("digest.lead_nothing", as_of=t.date(city.as_of))
    units = len(city.short)
    counted = {"units": t.number(units), "missing": t.number(city.missing), "ratio": t.ratio(city.ratio)}
    return t("digest.lead", n=units, as_of=t.date(city.as_of), **figures, **counted)


def _surplus(city: "City", t: Words) -> str:
    units = len(city.surplus)
    if not units:
        return ""
    return t("digest.surplus", n=units, surplus=t.number(sum(city.surplus.values())), units=t.number(units))


def ratio(place: "RankedUnit") -> float | None:
    """Of the due doses a unit reported, the part that is entered; what is entered beyond a report does not count."""
    totals = place.totals
    return (totals.reported - totals.shortfall) / totals.reported if totals.reported else None


def _sections(city: "City", t: Words) -> list[dict[str, object]]:
    """The lists after the ranking: title, lead, and lines of (what, remark); empty ones are left out later."""
    return [
        _section(
            t,
            t("digest.silent_title", n=len(city.silent)),
            t("digest.silent_lead", n=city.silent_days, days=t.number(city.silent_days)),
            [(silent.unit.name, _last_seen(silent, t)) for silent in city.silent],
        ),
        _section(
            t,
            t("digest.unreachable_title", n=len(city.unreachable)),
            t("digest.unreachable_lead"),
            [(place.unit.name, _why_unreachable(city, place, t)) for place in city.unreachable],
        ),
        _section(
            t,
            t("digest.without_address_title", n=len(city.without_address)),
            None,
            [(unit.name, unit.unit_code) for unit in city.without_address],
        ),
        _section(t, t("digest.quarantine_title", n=len(city.quarantined)), None, _quarantined(city, t)),
        _section(
            t,
            t("digest.held_title", n=city.held_rows),
            t("digest.held_lead"),
            [
                (t.rule(held.rule), f"{t.number(held.rows)}; {t('digest.held_oldest', day=t.date(held.oldest_on))}")
                for held in city.held
            ],
        ),
        _section(t, t("digest.lowered_title", n=len(city.lowered)), t("digest.lowered_lead"), _lowered(city, t)),
        _section(
            t,
            t("digest.undelivered_title", n=len(city.undelivered)),
            t("digest.undelivered_lead"),
            [
                (mail.unit_name or mail.recipient, f"{t.date(mail.as_of)}, {t('digest.status_' + mail.status)}")
                for mail in city.undelivered
            ],
        ),
    ]


def _section(t: Words, title: str, lead: str | None, lines: list[tuple[str, str]]) -> dict[str, object]:
    more = len(lines) - LINES_SHOWN
    return {
        "title": title,
        "lead": lead,
        "lines": lines[:LINES_SHOWN],
        "more": t("digest.more_lines", n=more) if more > 0 else None,
    }


def _last_seen(silent: "SilentUnit", t: Words) -> str:
    days = [day for day in (silent.last_report_on, silent.last_upload_on) if day]
    return t("digest.silent_since", day=t.date(max(days))) if days else t("digest.silent_never")


def _why_unreachable(city: "City", place: "RankedUnit", t: Words) -> str:
    if is_closed(place.unit, city.as_of):
        return t("digest.closed")
    return t("digest.bad_address" if place.unit.unit_code in city.bad_address else "digest.no_address")


def _quarantined(city: "City", t: Words) -> list[tuple[str, str]]:
    def sender(unit_code: str | None) -> str:
        if unit_code is None:
            return t("digest.department")
        return city.unit_names.get(unit_code, unit_code)

    return [
        (
            f"{t('digest.upload', id=file.upload_id)}, {sender(file.unit_code)}",
            " ".join(t.rule(rule) for rule in file.rules),
        )
        for file in city.quarantined
    ]


def _lowered(city: "City", t: Words) -> list[tuple[str, str]]:
    lines = []
    for code, group in groupby(sorted(city.lowered, key=lambda line: line.unit_code), lambda line: line.unit_code):
        reports = list(group)
        doses = sum(line.previous - line.doses_given for line in reports)
        days = len({line.given_on for line in reports})
        remark = t("digest.lowered_line", n=days, doses=t.number(doses), days=t.number(days))
        lines.append((city.unit_names.get(code, code), remark))
    return lines


def _csv(city: "City", t: Words) -> bytes:
    columns = ("rank", "unit_code", "unit", "reported", "entered", "missing", "days", "ratio")
    rows = []
    for place in city.ranked:
        totals, share = place.totals, ratio(place)
        rows.append(
            (
                place.rank,
                place.unit.unit_code,
                place.unit.name,
                totals.reported,
                totals.reported - totals.shortfall,
                totals.shortfall,
                place.days_short,
                "" if share is None else f"{int(share * 1000 + 1e-9) / 10:.1f}",
            )
        )
    return csv_bytes([t(f"csv.{name}") for name in columns], rows)
