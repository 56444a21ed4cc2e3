"""The words of the digest: from the city's state to a mail."""

from itertools import groupby
from typing import TYPE_CHECKING

from vaxtally.outreach import picture, render
from vaxtally.outreach.attachment import csv_bytes
from vaxtally.outreach.cases import is_closed
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.outreach.city import City, HeldRule
    from vaxtally.tally.readings import RankedUnit, SilentUnit

# What a line is about, and what is said of it.
Remark = tuple[str, str]

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
    day = t.full_date(city.as_of)
    if not city.short:
        return t("digest.subject_complete", as_of=day)
    units = len(city.short)
    missing, ratio = t.number(city.missing), t.ratio(city.ratio)
    return t("digest.subject", n=units, as_of=day, units=t.number(units), missing=missing, ratio=ratio)


def _facts(city: "City", t: Words) -> dict[str, object]:
    units = len(city.short)
    return {
        "city": city,
        "title": t("digest.title", as_of=t.full_date(city.as_of)),
        "preview": t("digest.preview", entered=t.number(city.entered), reported=t.number(city.reported)),
        "lead": _lead(city, t),
        "surplus": _surplus(city, t),
        "picture": PICTURE,
        "ranking": city.short[:UNITS_SHOWN],
        "more_units": t("digest.more_units", n=units - UNITS_SHOWN) if units > UNITS_SHOWN else None,
        "ratio_of": ratio,
        "sections": _sections(city, t),
    }


def _lead(city: "City", t: Words) -> str:
    if not city.reported:
        return t("digest.lead_nothing", as_of=t.full_date(city.as_of))
    units = len(city.short)
    return t(
        "digest.lead",
        n=units,
        as_of=t.full_date(city.as_of),
        entered=t.number(city.entered),
        reported=t.number(city.reported),
        ratio=t.ratio(city.ratio),
        units=t.number(units),
        missing=t.number(city.missing),
    )


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
    """The lists after the ranking; what is empty is not spoken of."""
    lists = [
        ("silent", len(city.silent), [(silent.unit.name, _last_seen(silent, t)) for silent in city.silent]),
        ("unreachable", len(city.unreachable), _unreachable(city, t)),
        ("without_address", len(city.without_address), [(unit.name, unit.unit_code) for unit in city.without_address]),
        ("quarantine", len(city.quarantined), _quarantined(city, t)),
        ("held", city.held_rows, _held(city, t)),
        ("lowered", len(city.lowered), _lowered(city, t)),
        ("undelivered", len(city.undelivered), _undelivered(city, t)),
    ]
    return [_section(city, t, name, count, lines) for name, count, lines in lists if lines]


def _section(city: "City", t: Words, name: str, count: int, lines: list[Remark]) -> dict[str, object]:
    more = len(lines) - LINES_SHOWN
    days = t.number(city.silent_days)
    return {
        "title": t(f"digest.{name}_title", n=count),
        "lead": t(f"digest.{name}_lead", n=city.silent_days, days=days),
        "lines": lines[:LINES_SHOWN],
        "more": t("digest.more_lines", n=more) if more > 0 else None,
    }


def _last_seen(silent: "SilentUnit", t: Words) -> str:
    days = [day for day in (silent.last_report_on, silent.last_upload_on) if day]
    return t("digest.silent_since", day=t.full_date(max(days))) if days else t("digest.silent_never")


def _unreachable(city: "City", t: Words) -> list[Remark]:
    def why(place: "RankedUnit") -> str:
        if is_closed(place.unit, city.as_of):
            return t("digest.closed")
        return t("digest.bad_address" if place.unit.unit_code in city.bad_address else "digest.no_address")

    return [(place.unit.name, why(place)) for place in city.unreachable]


def _held(city: "City", t: Words) -> list[Remark]:
    def remark(held: "HeldRule") -> str:
        return f"{t.number(held.rows)}; {t('digest.held_oldest', day=t.full_date(held.oldest_on))}"

    return [(t.rule(held.rule), remark(held)) for held in city.held]


def _undelivered(city: "City", t: Words) -> list[Remark]:
    return [
        (mail.unit_name or mail.recipient, f"{t.full_date(mail.as_of)}, {t('digest.status_' + mail.status)}")
        for mail in city.undelivered
    ]


def _quarantined(city: "City", t: Words) -> list[Remark]:
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


def _lowered(city: "City", t: Words) -> list[Remark]:
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
