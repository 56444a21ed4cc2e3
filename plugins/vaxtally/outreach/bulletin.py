"""The words of the digest: from the city's state to a mail."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from vaxtally.outreach import picture, render
from vaxtally.outreach.attachment import csv_bytes
from vaxtally.outreach.cases import is_closed
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.outreach.city import City, HeldRule
    from vaxtally.outreach.escalations import Proposal
    from vaxtally.outreach.replies import Reply
    from vaxtally.tally.readings import LoweredReport, RankedUnit, SilentUnit, Unit

# What a line is about, and what is said of it.
Remark = tuple[str, str]

KIND = "digest"
UNITS_SHOWN = 15
LINES_SHOWN = 10
# Apprise puts a picture into the HTML where its name is referred to.
PICTURE = "28-days.png"


def write(city: "City", language: str, contact: str, parent: "Unit | None" = None) -> Draft:
    """The digest in one language, for anybody: give it a recipient with `.to()`.

    `parent`: the city holds the units below this one alone, and it is told of these.
    """
    from vaxtally.outreach.transport import Attachment

    t = words(language)
    whose = f"{parent.unit_code}-" if parent else ""
    file_name = f"{t('digest.file')}-{whose}{city.as_of:%Y%m%d}.csv"
    facts = _facts(city, t, parent) | {"contact": contact, "attached": t("digest.attachment", name=file_name)}
    return Draft(
        kind=KIND,
        level=0,
        as_of=city.as_of,
        language=language,
        unit_code=parent.unit_code if parent else None,
        recipient_name=parent.data_officer_name if parent else None,
        subject=render.subject(_subject(city, t, parent)),
        text=render.text(KIND, language, **facts),
        html=render.html(KIND, language, **facts),
        attachments=(
            Attachment(PICTURE, "image/png", picture.draw(city.series, t, city.first_pending)),
            Attachment(file_name, "text/csv", units_csv(city, t)),
        ),
    )


def _subject(city: "City", t: Words, parent: "Unit | None") -> str:
    day = t.full_date(city.as_of)
    if not city.short:
        # Nothing is missing where nothing is known to have been given: no good news.
        return _said(t, "subject_complete" if city.reported else "subject_nothing", parent, as_of=day)
    units = len(city.short)
    missing, ratio = t.number(city.missing), t.ratio(city.ratio)
    return _said(t, "subject", parent, n=units, as_of=day, units=t.number(units), missing=missing, ratio=ratio)


def _said(t: Words, name: str, parent: "Unit | None", n: int | None = None, **values: object) -> str:
    """The city's phrase, or the one for whoever has units below."""
    if parent is None:
        return t(f"digest.{name}", n=n, **values)
    return t(f"parent.{name}", n=n, unit=parent.name, **values)


def _greeting(t: Words, parent: "Unit | None") -> str:
    if parent is None:
        return t("digest.greeting")
    name = parent.data_officer_name
    return t("shortfall.greeting", name=name) if name else t("shortfall.greeting_unit", unit=parent.name)


def _facts(city: "City", t: Words, parent: "Unit | None") -> dict[str, object]:
    units = len(city.short)
    entered, reported = t.number(city.entered), t.number(city.reported)
    return {
        "city": city,
        "title": _said(t, "title", parent, as_of=t.full_date(city.as_of)),
        "preview": _said(t, "preview", parent, entered=entered, reported=reported),
        "greeting": _greeting(t, parent),
        "lead": _lead(city, t, parent),
        "surplus": _surplus(city, t),
        "picture": PICTURE,
        "ranking": city.short[:UNITS_SHOWN],
        "more_units": t("digest.more_units", n=units - UNITS_SHOWN) if units > UNITS_SHOWN else None,
        "ratio_of": ratio,
        "sections": _sections(city, t),
    }


def _lead(city: "City", t: Words, parent: "Unit | None") -> str:
    if not city.reported:
        return _said(t, "lead_nothing", parent, as_of=t.full_date(city.as_of))
    units = len(city.short)
    return _said(
        t,
        "lead",
        parent,
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
    pairs = city.person_pairs.pairs if city.person_pairs else 0
    lists = [
        ("silent", len(city.silent), [(silent.unit.name, last_seen(silent, t)) for silent in city.silent]),
        ("unreachable", len(city.unreachable), _unreachable(city, t)),
        ("proposals", len(city.proposals), _proposals(city, t)),
        ("replies", len(city.replies), _replies(city, t)),
        ("without_address", len(city.without_address), [(unit.name, unit.unit_code) for unit in city.without_address]),
        ("quarantine", len(city.quarantined), quarantined(city, t)),
        ("held", city.held_rows, _held(city, t)),
        ("pairs", pairs, _pairs(city, t)),
        ("lowered", len(city.lowered), lowered(city.lowered, city.unit_names, t)),
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


def last_seen(silent: "SilentUnit", t: Words) -> str:
    """When a silent unit was last heard of."""
    days = [day for day in (silent.last_report_on, silent.last_upload_on) if day]
    return t("digest.silent_since", day=t.full_date(max(days))) if days else t("digest.silent_never")


def _unreachable(city: "City", t: Words) -> list[Remark]:
    def why(place: "RankedUnit") -> str:
        if is_closed(place.unit, city.as_of):
            return t("digest.closed")
        return t("digest.bad_address" if place.unit.unit_code in city.bad_address else "digest.no_address")

    return [(place.unit.name, why(place)) for place in city.unreachable]


def _proposals(city: "City", t: Words) -> list[Remark]:
    def remark(proposal: "Proposal") -> str:
        missing, deadline = t.number(proposal.missing), t.full_date(proposal.deadline)
        return t("digest.proposal", missing=missing, deadline=deadline)

    return [(proposal.name, remark(proposal)) for proposal in city.proposals]


def _replies(city: "City", t: Words) -> list[Remark]:
    def remark(reply: "Reply") -> str:
        why, until = t(f"reply.{reply.code}"), t.full_date(reply.pause_until)
        if reply.given_on:
            return t("digest.reply_day", why=why, day=t.full_date(reply.given_on), until=until)
        return t("digest.reply", why=why, day=t.full_date(reply.received_on), until=until)

    return [(reply.name, remark(reply)) for reply in city.replies]


def _held(city: "City", t: Words) -> list[Remark]:
    def remark(held: "HeldRule") -> str:
        return f"{t.number(held.rows)}; {t('digest.held_oldest', day=t.full_date(held.oldest_on))}"

    return [(t.rule(held.rule), remark(held)) for held in city.held]


def _pairs(city: "City", t: Words) -> list[Remark]:
    waiting = city.person_pairs
    if waiting is None or waiting.oldest_on is None:
        return []
    since = t("digest.held_oldest", day=t.full_date(waiting.oldest_on))
    return [(t("digest.pairs"), f"{t.number(waiting.pairs)}; {since}")]


def _undelivered(city: "City", t: Words) -> list[Remark]:
    return [
        (mail.unit_name or mail.recipient, f"{t.full_date(mail.as_of)}, {t('digest.status_' + mail.status)}")
        for mail in city.undelivered
    ]


def quarantined(city: "City", t: Words) -> list[Remark]:
    """Files that were refused, with their sender and why."""

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


def lowered(found: "Iterable[LoweredReport]", unit_names: Mapping[str, str], t: Words) -> list[Remark]:
    """By how many doses, and on how many days, each unit lowered its own figures."""
    lines = []
    for code, group in groupby(sorted(found, key=lambda line: line.unit_code), lambda line: line.unit_code):
        reports = list(group)
        doses = sum(line.previous - line.doses_given for line in reports)
        days = len({line.given_on for line in reports})
        remark = t("digest.lowered_line", n=days, doses=t.number(doses), days=t.number(days))
        lines.append((unit_names.get(code, code), remark))
    return lines


def units_csv(city: "City", t: Words) -> bytes:
    """The ranking of all units as CSV."""
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
