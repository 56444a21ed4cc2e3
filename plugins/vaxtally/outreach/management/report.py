"""The week in words: the sections of the report, each from the figures of week.py."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.outreach import bulletin, picture
from vaxtally.outreach.management import tile_map, trend_picture
from vaxtally.outreach.management.document import Figure, Report, Section, Table
from vaxtally.outreach.management.drawing import Picture
from vaxtally.outreach.management.week import SURPLUS_CAUSES
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from vaxtally.outreach.management.week import UnitWeek, Week
    from vaxtally.tally.readings import UnitTimeliness

# Of 1,300 units only the first ones of a ranking can be acted upon; the rest is in the digest's CSV.
LINES_SHOWN = 10


def tell(week: "Week", language: str) -> Report:
    """The week in `vi` or `en`."""
    t = words(language)
    return Report(
        language=language,
        as_of=week.as_of,
        office=t("common.office"),
        programme=t("common.programme"),
        title=t("week.title", as_of=t.full_date(week.as_of)),
        period=t("week.period", before=t.full_date(week.before_on), as_of=t.full_date(week.as_of)),
        lead=_lead(week, t),
        figures=_figures(week, t),
        sections=tuple(section for make in MAKERS for section in make(week, t)),
        method=t("week.method", grace=t.number(week.city.grace_days)),
    )


def _lead(week: "Week", t: Words) -> str:
    if not week.now.reported:
        return t("digest.lead_nothing", as_of=t.full_date(week.as_of))
    units = len(week.short)
    return t(
        "digest.lead",
        n=units,
        as_of=t.full_date(week.as_of),
        entered=t.number(week.now.entered),
        reported=t.number(week.now.reported),
        ratio=t.ratio(week.now.ratio),
        units=t.number(units),
        missing=t.number(week.now.missing),
    )


def _figures(week: "Week", t: Words) -> tuple[Figure, ...]:
    now, before = week.now, week.before
    is_first = before.ratio is None

    def number(label: str, value: int, last: int, tone: str = "ink") -> Figure:
        note = t("week.figure_first") if is_first else t("week.figure_change", change=t.change(value - last))
        return Figure(label=label, value=t.number(value), note=note, tone=tone)

    points = t("week.figure_first") if is_first else t("week.figure_points", points=t.points(now.ratio, before.ratio))
    return (
        Figure(label=t("digest.ratio"), value=t.ratio(now.ratio), note=points, tone="water"),
        number(t("digest.missing"), now.missing, before.missing, "amber"),
        number(t("week.units_short"), len(week.short), week.trend[-2].units_short),
        number(t("digest.reported"), now.reported, before.reported),
    )  # fmt: skip


def _trend(week: "Week", t: Words) -> list[Section]:
    rows = tuple(
        (
            t.full_date(point.as_of), t.number(point.standing.reported), t.number(point.standing.entered),
            t.number(point.standing.missing), t.ratio(point.standing.ratio), t.number(point.units_short),
        )
        for point in week.trend
    )  # fmt: skip
    table = _table(t, None, ("as_of", ">reported", ">entered", ">missing", ">ratio", ">units_short"), rows, len(rows))
    return [_section(t, "trend", (table,), trend_picture.draw(week.trend, t))]


def _days(week: "Week", t: Words) -> list[Section]:
    drawn = picture.draw(week.city.series, t, week.city.first_pending)
    return [_section(t, "days", (), Picture(name="days", alt=t("digest.picture_alt"), png=drawn))]


def _districts(week: "Week", t: Words) -> list[Section]:
    names = {district.code: district.name for district in reference.districts()}
    rows = [
        (
            names[district.code] if district.code else t("week.district_unknown"), t.number(district.units),
            t.number(district.units_short), t.number(district.standing.reported), t.number(district.standing.missing),
            t.ratio(district.standing.ratio),
        )
        for district in week.districts
    ]  # fmt: skip
    table = _table(t, None, ("district", ">units", ">units_short", ">reported", ">missing", ">ratio"), rows, len(rows))
    return [_section(t, "districts", (table,), tile_map.draw(week.districts, t))]


def _ranking(week: "Week", t: Words) -> list[Section]:
    columns = (">rank", "unit", ">days", ">missing", ">ratio", ">change")
    tables = (
        _table(t, "ranking_most", columns, _ranked(week.short, t)),
        _table(t, "ranking_lowest", columns, _ranked(week.lowest, t)),
        _table(t, "ranking_complete", (">rank", "unit", ">reported"), [
            (t.number(place), unit.name, t.number(unit.now.reported)) for place, unit in enumerate(week.complete, 1)
        ]),
    )  # fmt: skip
    return [_section(t, "ranking", tables)]


def _ranked(units: "Sequence[UnitWeek]", t: Words) -> list[tuple[str, ...]]:
    return [
        (
            t.number(place), unit.name, t.number(unit.days_short), t.number(unit.now.missing), t.ratio(unit.now.ratio),
            t.change(unit.change),
        )
        for place, unit in enumerate(units, 1)
    ]  # fmt: skip


def _causes(week: "Week", t: Words) -> list[Section]:
    """Why doses are missing, and whose turn it is."""
    missing = sum(week.causes.values())
    rows = [
        (t(f"week.cause_{cause}"), t(f"week.turn_{cause}"), t.number(doses), t.ratio(doses / missing))
        for cause, doses in week.causes.items()
        if doses
    ]
    return [_section(t, "causes", (_table(t, None, ("cause", "turn", ">doses", ">part"), rows),))]


def _changes(week: "Week", t: Words) -> list[Section]:
    columns = ("unit", ">missing_before", ">missing", ">change", ">ratio")

    def rows(units: "list[UnitWeek]") -> list[tuple[str, ...]]:
        return [
            (
                unit.name, t.number(unit.before.missing), t.number(unit.now.missing), t.change(unit.change),
                t.ratio(unit.now.ratio),
            )
            for unit in units
        ]  # fmt: skip

    improved, worsened = rows(week.improved), rows(week.worsened)
    tables = (_table(t, "improved", columns, improved), _table(t, "worsened", columns, worsened))
    return [_section(t, "changes", tables)]


def _timeliness(week: "Week", t: Words) -> list[Section]:
    """How soon doses are entered: the city, a week ago, and by type of unit."""
    by_type: dict[str, list[UnitTimeliness]] = {}
    for unit in week.timeliness:
        by_type.setdefault(unit.unit.unit_type, []).append(unit)
    groups = [
        (t("week.whole_city"), week.timeliness),
        (t("week.whole_city_before"), week.timeliness_before),
        *((t(f"week.type_{kind}"), units) for kind, units in sorted(by_type.items())),
    ]
    rows = [(name, *_shares(units, t)) for name, units in groups if units]
    return [_section(t, "timeliness", (_table(t, None, ("group", ">within_1", ">within_7", ">within_14"), rows),))]


def _shares(units: "Sequence[UnitTimeliness]", t: Words) -> list[str]:
    first, *others = (unit.timeliness for unit in units)
    whole = sum(others, first)
    return [t.ratio(whole.share_within(days)) for days in (1, 7, 14)]


def _cases(week: "Week", t: Words) -> list[Section]:
    rows = [
        (
            t(f"week.level_{case.level}"), t.number(case.cases), t.number(case.paused), t.number(case.proposed),
            t.number(case.missing),
        )
        for case in week.cases
    ]  # fmt: skip
    events = [
        (t(f"week.event_{event}"), t.number(week.case_events[event]))
        for event in ("opened", "reopened", "urged", "proposed", "escalated", "closed")
        if week.case_events.get(event)
    ]
    tables = (
        _table(t, None, ("level", ">cases", ">paused", ">proposed", ">missing_told"), rows),
        _table(t, "case_events", ("event", ">times"), events),
    )
    return [_section(t, "cases", tables)]


def _replies(week: "Week", t: Words) -> list[Section]:
    rows = [(t(f"week.reply_{code}"), t.number(replies), t.number(units)) for code, replies, units in week.replies]
    return [_section(t, "replies", (_table(t, None, ("reply", ">replies", ">units"), rows),))]


def _reached(week: "Week", t: Words) -> list[Section]:
    """Units that say nothing, and those that nobody can write to."""
    city = week.city
    silent = [(each.unit.name, bulletin.last_seen(each, t)) for each in city.silent]
    without = [(unit.name, unit.unit_code) for unit in city.without_address]
    return [
        _section(t, "silent", (_table(t, None, ("unit", "last_seen"), silent),), days=t.number(city.silent_days)),
        _section(t, "without_address", (_table(t, None, ("unit", "unit_code"), without),)),
    ]


def _mails(week: "Week", t: Words) -> list[Section]:
    rows = [
        (t(f"week.mail_{mails.status}"), t(f"week.failure_{mails.failure}") if mails.failure else "",
         t.number(mails.mails), t.number(mails.recipients))
        for mails in week.mails
    ]  # fmt: skip
    lost = [
        (mail.unit_name or mail.recipient, t.full_date(mail.as_of), t(f"digest.status_{mail.status}"))
        for mail in week.city.undelivered
    ]
    refused = [
        (each.unit_name or t("week.refused_department"), each.address, t(f"week.refused_{each.reason}"))
        for each in week.refused_addresses
    ]
    tables = (
        _table(t, None, ("mail_status", "failure", ">mails", ">recipients"), rows),
        _table(t, "refused_addresses", ("unit", "address", "failure"), refused),
        _table(t, "undelivered", ("recipient", "day", "mail_status"), lost),
    )
    return [_section(t, "mails", tables)]


def _reviews(week: "Week", t: Words) -> list[Section]:
    rows = [
        (
            t.rule(waiting.rule) if waiting.rule else t("week.review_correction"), t.number(waiting.rows),
            t.number(waiting.long), t.full_date(waiting.oldest_on),
        )
        for waiting in week.reviews
    ]  # fmt: skip
    return [_section(t, "reviews", (_table(t, None, ("rule", ">rows", ">long", ">oldest"), rows),))]


def _data(week: "Week", t: Words) -> list[Section]:
    """What is wrong with the data themselves: lowered reports, surplus, files that were not taken in."""
    names = week.city.unit_names
    unassigned = [
        (names.get(each.unit_code, each.unit_code), t.number(each.rows), t.number(each.files))
        for each in sorted(week.unassigned, key=lambda each: (-each.rows, -each.files, each.unit_code))
    ]
    lowered = bulletin.lowered(week.lowered, names, t)
    return [
        _section(t, "lowered", (_table(t, None, ("unit", "lowered"), lowered),)),
        _section(t, "surplus", _surplus(week, t)),
        _section(t, "unassigned", (_table(t, None, ("unit", ">rows", ">files"), unassigned),)),
        _section(t, "quarantine", (_table(t, None, ("file", "reason"), bulletin.quarantined(week.city, t)),)),
    ]


def _surplus(week: "Week", t: Words) -> tuple[Table, ...]:
    """By likely cause, then by unit."""
    sums = {cause: sum(unit.causes[cause] for unit in week.surplus) for cause in SURPLUS_CAUSES}
    causes = [(t(f"week.surplus_{cause}"), t.number(doses)) for cause, doses in sums.items() if doses]
    units = [(unit.name, t.number(unit.excess)) for unit in week.surplus]
    return (
        _table(t, None, ("likely_cause", ">doses"), causes),
        _table(t, "surplus_units", ("unit", ">surplus"), units),
    )


def _section(t: Words, name: str, tables: tuple[Table, ...], drawn: Picture | None = None, days: str = "") -> Section:
    """A section without a line says that there is nothing."""
    filled = tuple(table for table in tables if table.rows)
    lead = t(f"week.{name}_lead", days=days) if filled or drawn else t(f"week.{name}_none", days=days)
    return Section(name=name, title=t(f"week.{name}_title"), lead=lead, picture=drawn, tables=filled)


def _table(
    t: Words, title: str | None, columns: Sequence[str], rows: Sequence[tuple[str, ...]], shown: int = LINES_SHOWN
) -> Table:
    """Cut to `shown` lines; `columns` are names, with `>` before those of numbers."""
    more = len(rows) - shown
    return Table(
        title=t(f"week.{title}") if title else None,
        headings=tuple(
            (t(f"week.column_{name.removeprefix('>')}"), "right" if name.startswith(">") else "left")
            for name in columns
        ),
        rows=tuple(rows[:shown]),
        hidden=max(more, 0),
        more=t("week.more", n=more) if more > 0 else None,
    )


# In the order of the report: how it stands, where and with whom, what is being done, what needs a person.
MAKERS = (
    _trend,
    _days,
    _districts,
    _causes,
    _ranking,
    _changes,
    _timeliness,
    _cases,
    _replies,
    _reached,
    _mails,
    _reviews,
    _data,
)
